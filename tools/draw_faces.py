"""`exgan draw-faces`, from a checkout."""

import runpy

if __name__ == "__main__":
    runpy.run_module("exgan_tf.cli.draw_faces", run_name="__main__", alter_sys=True)
