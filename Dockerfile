# BERT Explorer in a container: the processor's build of PyTorch, the models inside, no network at run time.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/bert-explorer
COPY requirements.txt Makefile ./
RUN make .venv/.run && find .venv -name __pycache__ -prune -exec rm -r {} +

FROM python:3.12-slim
RUN useradd --create-home --uid 1000 explorer
WORKDIR /opt/bert-explorer
COPY --from=build /opt/bert-explorer/.venv .venv
COPY .streamlit .streamlit
COPY assets assets
COPY explorer explorer
COPY pages pages
COPY streamlit_app.py ./
USER explorer
ENV PYTHONUNBUFFERED=1 EXPLORER_HUB=off
EXPOSE 8501
# Answers when the model is loaded.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=2)"]
CMD [".venv/bin/python", "-m", "explorer.ui.shell.serve", "--server.address=0.0.0.0", "--server.port=8501"]
