"""How good a filling is: pure functions of images, or of features computed from them.

Images are RGB float32 in [-1, 1] of shape [B, S, S, 3], arrays or tensors. A number for each image
comes back as float64 [B], finite, so that it can be averaged, paired and written as JSON. What a
metric reads at known pixels it takes as it finds it: composite before measuring.

`inception` is imported by those who need it alone: it brings TF-GAN along.
"""
