"""`exgan demo`, from a checkout."""

import runpy

if __name__ == "__main__":
    runpy.run_module("exgan_tf.cli.demo", run_name="__main__", alter_sys=True)
