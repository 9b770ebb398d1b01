# Two images: `app`, the default, for web and cluster, and `erp-simulator` for the demo.
#
#   docker build -t archibald-sync .
#
# tests/test_dockerfile.py runs these steps in a clean directory, except those of apt-get and useradd.

ARG PYTHON_IMAGE=python:3.13-slim-trixie

# --- The packages, in a separate stage to leave pip's files out of the image. Wheels only: no compiler needed.
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /opt/build/
RUN /opt/venv/bin/pip install --only-binary=:all: -r /opt/build/requirements.txt
RUN /opt/venv/bin/pip check && /opt/venv/bin/pip uninstall --yes pip setuptools

# --- The simulated ERP of the demo. It shares no code and no packages with the rest.
FROM ${PYTHON_IMAGE} AS erp-simulator
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
COPY docker/requirements-simulator.txt /opt/build/
RUN /opt/venv/bin/pip install --only-binary=:all: -r /opt/build/requirements-simulator.txt
WORKDIR /app
COPY scripts/__init__.py scripts/
COPY scripts/erp_simulator scripts/erp_simulator
RUN chmod -R a+rX /app
USER 10001:10001
EXPOSE 8899 8900
CMD ["/opt/venv/bin/python", "-m", "scripts.erp_simulator", "--host", "0.0.0.0"]

# --- Web and cluster.
FROM ${PYTHON_IMAGE} AS app
RUN apt-get update && apt-get install --yes --no-install-recommends chromium-headless-shell fonts-liberation && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp archibald && install --directory --owner=archibald --group=archibald --mode=700 /data /data/artifacts
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Chromium writes its files to the XDG folders; the rest of the image can be read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    XDG_CONFIG_HOME=/tmp/.config XDG_CACHE_HOME=/tmp/.cache \
    ARCHIBALD_DATA_DIR=/data BROWSER_PATH=/usr/bin/chromium-headless-shell STATIC_ROOT=/app/staticfiles
# Only the user can access /data, so the build uses a temporary folder.
RUN ARCHIBALD_DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
# The user can read the code; only root can change it.
RUN python -m compileall -q access archibald customers sync scripts manage.py && chmod -R a+rX /app
USER archibald
EXPOSE 8000
CMD ["python", "-m", "archibald.server", "--bind=0.0.0.0:8000"]
