FROM python:3.11-slim
WORKDIR /exgan
COPY requirements.txt setup.py README.md ./
RUN pip install --no-cache-dir -r requirements.txt
COPY exgan_tf exgan_tf
COPY flags flags
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
  && mkdir /state && chown nobody /state
USER nobody
# Where the page keeps what is found and chosen, and no browser is to be opened from in here.
ENV XDG_CACHE_HOME=/state HOME=/state BROWSER=true TF_CPP_MIN_LOG_LEVEL=3
VOLUME /state
ENTRYPOINT ["exgan"]
CMD ["web"]
