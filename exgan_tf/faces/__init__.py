"""Faces in ordinary photographs: finding, describing, aligning and recognising them.

A *photo* here is a uint8 array [height, width, 3], RGB, as it was decoded: dlib and the published
alignment both work on whole grey levels.
"""
