"""The figures of the paper and of neighbouring methods, to stand beside ours.

They are of other data, so none of them can be compared with ours.
"""

from exgan_tf.evaluation.results import (
    Published,
    PublishedByMask,
    PublishedMaskRow,
    PublishedRow,
)

PUBLISHED = Published(
    source="Dolhansky & Canton Ferrer, Eye In-Painting with Exemplar GANs, CVPR 2018, table 1",
    note=(
        "Measured by the authors on their own data sets and with their own code, at a size that "
        "they do not state: these figures compare with one another only."
    ),
    rows=[
        PublishedRow(
            data=data, model=model, l1=l1, ms_ssim_distance=distance, fid=fid, inception_score=score
        )
        for data, model, l1, distance, fid, score in [
            ("internal", "non-exemplar", 0.018, 5.05e-2, 11.27, 3.96),
            ("internal", "reference", 0.014, 3.97e-2, 7.67, 3.82),
            ("internal", "code", 0.015, 4.15e-2, 8.49, 3.94),
            ("Celeb-ID", "non-exemplar", 7.36e-3, 8.44e-3, 15.30, 3.72),
            ("Celeb-ID", "reference", 7.15e-3, 7.97e-3, 15.66, 3.56),
            ("Celeb-ID", "code", 7.00e-3, 7.80e-3, 14.62, 3.77),
        ]
    ],
)

# Of the masks that it was measured on, in this order.
_KEYPOINT_MASKS = ("central", "checkerboard", "left", "freehand")
PUBLISHED_BY_MASK = PublishedByMask(
    source="Lahiri et al., arXiv 1711.06106 (2017)",
    note=(
        "PSNR in dB, measured by the authors on their own photographs and with their own code; the "
        "exact masks are not known here. These figures compare with one another only."
    ),
    rows=[
        PublishedMaskRow(size, method, dict(zip(_KEYPOINT_MASKS, psnr, strict=True)))
        for size, method, psnr in [
            (64, "proposed", (26.32, 19.97, 18.42, 25.86)),
            (64, "DIP", (24.96, 18.51, 17.13, 24.53)),
            (128, "proposed", (24.84, 19.12, 18.21, 24.68)),
            (128, "DIP", (23.91, 18.36, 17.23, 23.72)),
        ]
    ],
)
_KEYPOINT_MODELS = {"proposed": "keypoint-guided", "DIP": "DIP, as the same paper measured it"}
PUBLISHED_NEIGHBORS = [
    Published(
        source=PUBLISHED_BY_MASK.source,
        note=PUBLISHED_BY_MASK.note,
        rows=[
            PublishedRow(
                data="their own",
                model=_KEYPOINT_MODELS[row.method],
                mask=mask,
                image_size=row.image_size,
                psnr=psnr,
                ssim=None,
            )
            for row in PUBLISHED_BY_MASK.rows
            for mask, psnr in row.psnr.items()
        ],
    ),
    Published(
        source="Pix2Pix with self-attention, on CelebA",
        note=(
            "Two pairs of PSNR and SSIM are known, but not which of two settings each belongs to, "
            "nor masks and size. These figures compare with one another only."
        ),
        rows=[
            PublishedRow(
                data="CelebA",
                model=f"Pix2Pix with attention, {which} pair",
                mask=None,
                image_size=None,
                psnr=psnr,
                ssim=ssim,
            )
            for which, psnr, ssim in [("first", 21.57, 0.889), ("second", 23.07, 0.923)]
        ],
    ),
]
