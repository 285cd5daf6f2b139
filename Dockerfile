# The executable on a plain Debian. Build it first: npm run build && docker build -t parley .
FROM debian:bookworm-slim

RUN groupadd --system --gid 10001 parley \
  && useradd --system --uid 10001 --gid parley --home-dir /data --no-create-home --shell /usr/sbin/nologin parley \
  && install --directory --owner=parley --group=parley --mode=0750 /data

COPY --chmod=0755 dist/parley /usr/local/bin/parley
COPY LICENSE dist/THIRD-PARTY.txt /usr/share/doc/parley/

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    DATABASE_URL=sqlite:/data/parley.db

USER parley
WORKDIR /data
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["parley", "health"]
ENTRYPOINT ["parley"]
