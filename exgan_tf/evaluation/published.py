"""The figures of the paper, to stand beside ours: they are of other data."""

PUBLISHED = {
    "source": "Dolhansky & Canton Ferrer, Eye In-Painting with Exemplar GANs, CVPR 2018, table 1",
    "note": (
        "Measured by the authors on their own data sets and with their own code, at a size that "
        "they do not state: these figures compare with one another only."
    ),
    "rows": [
        {
            "data": data,
            "model": model,
            "l1": l1,
            "ms_ssim_distance": ms_ssim_distance,
            "fid": fid,
            "inception_score": inception_score,
        }
        for data, model, l1, ms_ssim_distance, fid, inception_score in [
            ("internal", "non-exemplar", 0.018, 5.05e-2, 11.27, 3.96),
            ("internal", "reference", 0.014, 3.97e-2, 7.67, 3.82),
            ("internal", "code", 0.015, 4.15e-2, 8.49, 3.94),
            ("Celeb-ID", "non-exemplar", 7.36e-3, 8.44e-3, 15.30, 3.72),
            ("Celeb-ID", "reference", 7.15e-3, 7.97e-3, 15.66, 3.56),
            ("Celeb-ID", "code", 7.00e-3, 7.80e-3, 14.62, 3.77),
        ]
    ],
}
