"""Networks: functional Keras models made by `build_*` functions, with named inputs.

Everywhere `image_size`, S, is the side of the images in pixels, a multiple of 8 from 32 to 512
unless stated; `width` multiplies the numbers of channels, 1 giving the published network, or ours
where none is published; `code_size`, the numbers that describe an eye, is at least 2;
`normalization` is one of `blocks.NORMALIZATIONS`; and `spectral_normalization` says whether each
kernel keeps a spectral norm of 1. The options of the Gans have checked them. Inputs and outputs are
float32 unless stated, images in [-1, 1]; masks are 1 in the hole; logits are those of "real":
positive says real.
"""
