"""`exgan build-records`, from a checkout."""

import runpy

if __name__ == "__main__":
    runpy.run_module("exgan_tf.cli.build_records", run_name="__main__", alter_sys=True)
