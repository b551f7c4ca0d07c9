"""Downloads the photographs of a URL list: img_urls.txt to RAW/celeb_id_raw/.

  exgan download-celeb-id --url_list=img_urls.txt --output_dir=RAW

Ctrl-C stops it, and the same command fetches what is missing. RAW/download_report.json names each
URL that gave no file, and why. Proxies are taken from the environment (HTTPS_PROXY).
"""

from absl import flags

from exgan_tf.celeb_id import download
from exgan_tf.cli import engine_flags, entry, option_flags

_URL_LIST = flags.DEFINE_string(
    "url_list",
    None,
    "Text file with one URL a line; lines that start with # are ignored.",
    required=True,
)
_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder to fill: celeb_id_raw/ and download_report.json.", required=True
)
option_flags.define(download.DownloadOptions)
engine_flags.define_engine()


def main(argv):
    del argv
    tally = download.download_images(
        _URL_LIST.value,
        _OUTPUT_DIR.value,
        option_flags.parse(download.DownloadOptions),
        engine=engine_flags.choose_engine(None),
    )
    print(f"downloaded: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
