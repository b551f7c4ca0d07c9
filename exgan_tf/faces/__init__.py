"""Faces in ordinary photographs: finding, describing, aligning and recognising them.

In all modules here:

* A *photo* is a uint8 array [height, width, 3], RGB, as it was decoded: dlib and the published
  alignment both work on whole grey levels.
* *Landmarks* are a float array [68, 2] of (x, y) in pixels, in dlib's order; some may lie outside
  the photo.
* A *descriptor* is a float64 array [128]; one person's are near to each other.
* Angles are in degrees, as `cv2.getRotationMatrix2D` counts. Left and right are the viewer's.
"""
