from exgan_tf.photo import inpaint_photo as inpaint_photo
from exgan_tf.photo import load as load
from exgan_tf.training.experiments import train as train

__version__: str
