# The inspector as a container. It needs a key, or a recording, and a folder to write to:
#
#   docker build --tag pagerduty-sec-inspector .
#   docker run --rm pagerduty-sec-inspector --replay demo > demo.json
#   docker run --rm --env PAGERDUTY_API_KEY --user "$(id -u):$(id -g)" --volume "$PWD:/work" \
#       pagerduty-sec-inspector --format json,html --output reports/

FROM python:3.13.9-slim-trixie AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY pdsec_checks pdsec_checks
COPY frameworks frameworks
COPY cassettes cassettes
RUN python -m venv --without-pip /opt/inspector \
    && python -m pip --python /opt/inspector/bin/python install --no-cache-dir .

FROM python:3.13.9-slim-trixie
COPY --from=build /opt/inspector /opt/inspector
# Bytecode was written while installing; whoever runs it may write nowhere but in /work.
ENV PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --no-create-home --home-dir /work --shell /usr/sbin/nologin inspector
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["/opt/inspector/bin/pagerduty-sec-inspector"]
