# The site in one container: database and files under /data, plain HTTP on 8000 behind whatever ends TLS.

FROM python:3.11-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check "uv>=0.9"
WORKDIR /app
# A layer that changes with the dependencies alone. The lock pins them and their hashes; what only tests need stays out.
COPY pyproject.toml requirements.lock ./
RUN uv venv .venv && uv pip install --no-cache -r pyproject.toml --extra bedrock --extra mcp --extra postgres --extra redis --extra vertex -c requirements.lock
COPY manage.py LICENSE ./
COPY chatsite chatsite/
COPY conversations conversations/
COPY templates templates/
COPY static static/
# With a data folder and a key of its own, gone with this step.
RUN DATA_DIR=/tmp/data .venv/bin/python manage.py collectstatic --no-input --verbosity=0 && rm -r /tmp/data

FROM python:3.11-slim
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data HOST=0.0.0.0 PORT=8000 LOG_FORMAT=json
RUN useradd --system --uid 1000 --no-create-home chatsite && install -d -o chatsite -m 700 /data
WORKDIR /app
COPY --from=build /app ./
USER chatsite
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
# In exec form, so that the site itself is told to stop and can let its answers end.
CMD ["python", "manage.py", "serve", "--prepare"]
