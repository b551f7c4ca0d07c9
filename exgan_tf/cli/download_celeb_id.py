"""Downloads the photographs of a URL list: img_urls.txt to RAW/celeb_id_raw/.

  exgan download-celeb-id --url_list=img_urls.txt --output_dir=RAW

Ctrl-C stops it, and the same command goes on with what is missing. RAW/download_report.json names
each URL that gave no file, and why. Proxies are taken from the environment (HTTPS_PROXY).
"""

from absl import flags

from exgan_tf import parallel
from exgan_tf.celeb_id import download
from exgan_tf.cli import engine_flags, entry

_URL_LIST = flags.DEFINE_string(
    "url_list",
    None,
    "Text file with one URL a line; lines that start with # are left out.",
    required=True,
)
_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder to fill: celeb_id_raw/ and download_report.json.", required=True
)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers",
    16,
    "Number of files fetched at the same time; with --runner, by each worker.",
    lower_bound=1,
    upper_bound=download.MAX_WORKERS,
)
_TIMEOUT = flags.DEFINE_float(
    "timeout", 120.0, "Seconds one attempt at one file may take, all in all.", lower_bound=0.1
)
_RETRIES = flags.DEFINE_integer(
    "retries", 3, "Further attempts after a temporary failure.", lower_bound=0
)
_MAX_MEGABYTES = flags.DEFINE_float(
    "max_megabytes", 32.0, "Largest file that is fetched, in 10^6 bytes.", lower_bound=0.001
)


def main(argv):
    del argv
    tally = download.download_images(
        _URL_LIST.value,
        _OUTPUT_DIR.value,
        num_workers=_NUM_WORKERS.value,
        timeout_seconds=_TIMEOUT.value,
        retries=_RETRIES.value,
        max_megabytes=_MAX_MEGABYTES.value,
        show_progress=True,
        engine=engine_flags.choose_engine(parallel.count_processors()),
    )
    print(f"downloaded: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
