"""Networks: functional Keras models made by `build_*` functions, with named inputs."""
