"""`exgan download-celeb-id`, from a checkout."""

import runpy

if __name__ == "__main__":
    runpy.run_module("exgan_tf.cli.download_celeb_id", run_name="__main__", alter_sys=True)
