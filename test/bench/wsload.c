// wsload: a one-thread epoll load generator for any text-framed WebSocket server.
//
// It opens N connections, sends each its --init frames, waits until each has seen
// --ready, then publishes messages that carry a timestamp marker "@T<16 digits>" and
// counts every marker that comes back. So it counts deliveries, not frames: a server
// that batches several messages in one frame is counted right.
//
// Build: cc -O2 -o wsload wsload.c
// Prints one JSON object: deliveries/s, latency percentiles (us), losses and, with
// --pid, the server's CPU microseconds per delivery and its memory.
//
// --count TEXT also counts the frames that contain TEXT, such as acknowledgements.
//
// Templates: {i} connection number, {r} room number (i / room size), {p} the peer in
// a pair (i ^ 1), {n} message number, {ts} the marker, {now} the time of sending in us, {pad}
// the padding, and {1}…{9} the tab-separated columns of line i of --lines FILE (a token and
// an address for each, say).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>

enum state { CONNECTING, HANDSHAKE, INIT, READY, CLOSED };

struct conn {
  int fd;
  enum state st;
  int ready_seen;
  uint8_t *in; size_t in_len, in_cap;
  uint8_t *out; size_t out_len, out_cap;
  bool want_out;
};

static struct {
  const char *host, *path, *subproto, *msg, *ready, *pong_match, *pong_reply, *lines, *count;
  const char *hdr[16]; int nhdr;
  const char *init[16]; int ninit;
  int port, conns, room, pubs, rate, secs, warm, window, pad, batch, pid, timeout, ready_n, binary;
  double expect; int hold;
} o = { .host = "127.0.0.1", .path = "/", .conns = 1, .room = 1 << 30, .pubs = 1, .secs = 5,
        .warm = 1, .window = 64, .pad = 0, .batch = 64, .timeout = 60, .ready_n = 1, .expect = 0 };

static struct conn *C; static int ep; static char *pad; static char *(*cols)[9];
static long ready, closed, counted, delivered, published, bytes_in, frames_in, bad;
static long hist[64 * 32]; static long lat_n; static double lat_sum; static bool measuring;

static uint64_t now_us(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000; }
static void die(const char *m) { fprintf(stderr, "wsload: %s: %s\n", m, strerror(errno)); exit(2); }

// Log-linear histogram: 32 sub-buckets per power of two (3 % resolution).
static int bucket(uint64_t v) { if (v < 32) return (int)v; int e = 63 - __builtin_clzll(v); return (e - 4) * 32 + (int)((v >> (e - 5)) & 31); }
static uint64_t bucket_value(int b) { if (b < 32) return b; int e = b / 32 + 4; return (1ull << e) + ((uint64_t)(b % 32) << (e - 5)); }
static uint64_t pct(double p) { long want = (long)(lat_n * p); long s = 0; for (int i = 0; i < 64 * 32; i++) { s += hist[i]; if (s > want) return bucket_value(i); } return 0; }

static size_t expand(char *dst, size_t cap, const char *t, int i, long n) {
  size_t k = 0;
  while (*t && k + 64 < cap) {
    if (*t == '{') {
      if (!strncmp(t, "{i}", 3)) { k += sprintf(dst + k, "%d", i); t += 3; continue; }
      if (!strncmp(t, "{r}", 3)) { k += sprintf(dst + k, "%d", i / o.room); t += 3; continue; }
      if (!strncmp(t, "{p}", 3)) { k += sprintf(dst + k, "%d", i ^ 1); t += 3; continue; }
      if (!strncmp(t, "{n}", 3)) { k += sprintf(dst + k, "%ld", n); t += 3; continue; }
      if (!strncmp(t, "{ts}", 4)) { k += sprintf(dst + k, "@T%016llu", (unsigned long long)now_us()); t += 4; continue; }
      if (!strncmp(t, "{now}", 5)) { k += sprintf(dst + k, "%016llu", (unsigned long long)now_us()); t += 5; continue; }
      if (cols && t[1] >= '1' && t[1] <= '9' && t[2] == '}') { const char *v = cols[i][t[1] - '1']; size_t l = v ? strlen(v) : 0; if (k + l + 64 >= cap) l = cap - k - 64; memcpy(dst + k, v ? v : "", l); k += l; t += 3; continue; }
      if (!strncmp(t, "{pad}", 5)) { size_t l = strlen(pad); if (k + l + 64 >= cap) l = cap - k - 64; memcpy(dst + k, pad, l); k += l; t += 5; continue; }
    }
    if (*t == '\\' && t[1] == 'r') { dst[k++] = '\r'; t += 2; continue; }
    if (*t == '\\' && t[1] == 'n') { dst[k++] = '\n'; t += 2; continue; }
    dst[k++] = *t++;
  }
  dst[k] = 0; return k;
}

static void arm(struct conn *c) {
  bool want = c->out_len > 0 || c->st == CONNECTING;
  if (want == c->want_out) return;
  c->want_out = want;
  struct epoll_event e = { .events = EPOLLIN | (want ? EPOLLOUT : 0), .data.ptr = c };
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void drop(struct conn *c) { if (c->st == CLOSED) return; if (c->st == READY) ready--; c->st = CLOSED; closed++; close(c->fd); }
static void flush(struct conn *c) {
  while (c->out_len) {
    ssize_t w = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
    if (w < 0) { if (errno == EAGAIN) break; drop(c); return; }
    memmove(c->out, c->out + w, c->out_len - w); c->out_len -= w;
  }
  arm(c);
}
static void put(struct conn *c, const void *p, size_t n) {
  if (c->out_len + n > c->out_cap) { c->out_cap = (c->out_len + n) * 2; c->out = realloc(c->out, c->out_cap); }
  memcpy(c->out + c->out_len, p, n); c->out_len += n;
}
// Client frames are masked (RFC 6455 5.3); a zero key is legal and keeps this cheap.
static void frame(struct conn *c, int op, const char *p, size_t n) {
  uint8_t h[14]; int k = 2; h[0] = 0x80 | op;
  if (n < 126) h[1] = 0x80 | n;
  else if (n < 65536) { h[1] = 0x80 | 126; h[2] = n >> 8; h[3] = n; k = 4; }
  else { h[1] = 0x80 | 127; for (int i = 0; i < 8; i++) h[2 + i] = (uint64_t)n >> (56 - 8 * i); k = 10; }
  memset(h + k, 0, 4); k += 4; put(c, h, k); put(c, p, n);
}
static void text(struct conn *c, const char *t, long n) {
  static char buf[1 << 20]; size_t l = expand(buf, sizeof buf, t, (int)(c - C), n); frame(c, o.binary ? 2 : 1, buf, l);
}

static void payload(struct conn *c, uint8_t *p, size_t n) {
  frames_in++;
  uint8_t *q = p, *end = p + n;
  if (c->st == READY) {
    uint64_t now = 0;
    while ((q = memmem(q, end - q, "@T", 2)) && end - q >= 18) {
      uint64_t t = 0; for (int i = 2; i < 18; i++) t = t * 10 + (q[i] - '0');
      delivered++;
      if (measuring) { if (!now) now = now_us(); uint64_t l = now > t ? now - t : 0; hist[bucket(l)]++; lat_n++; lat_sum += l; }
      q += 18;
    }
  }
  if (o.count && c->st == READY && memmem(p, n, o.count, strlen(o.count))) counted++;
  if (o.pong_match && n == strlen(o.pong_match) && !memcmp(p, o.pong_match, n)) { frame(c, 1, o.pong_reply, strlen(o.pong_reply)); return; }
  if (c->st == INIT && (!o.ready || memmem(p, n, o.ready, strlen(o.ready)))) if (++c->ready_seen >= o.ready_n) { c->st = READY; ready++; }
}
static void parse(struct conn *c) {
  size_t k = 0;
  for (;;) {
    uint8_t *p = c->in + k; size_t n = c->in_len - k;
    if (n < 2) break;
    uint64_t len = p[1] & 127; size_t h = 2;
    if (len == 126) { if (n < 4) break; len = p[2] << 8 | p[3]; h = 4; }
    else if (len == 127) { if (n < 10) break; len = 0; for (int i = 0; i < 8; i++) len = len << 8 | p[2 + i]; h = 10; }
    if (n < h + len) break;
    int op = p[0] & 15;
    if (op == 9) frame(c, 10, (char *)p + h, len);
    else if (op == 8) { drop(c); return; }
    else if (op <= 2) payload(c, p + h, len);
    if (c->st == CLOSED) return;
    k += h + len;
  }
  memmove(c->in, c->in + k, c->in_len - k); c->in_len -= k;
}
static void on_read(struct conn *c) {
  for (;;) {
    if (c->in_cap - c->in_len < 65536) { c->in_cap = c->in_cap ? c->in_cap * 2 : 2048; if (c->in_cap - c->in_len < 1024) c->in_cap += 65536; c->in = realloc(c->in, c->in_cap); }
    ssize_t r = recv(c->fd, c->in + c->in_len, c->in_cap - c->in_len, 0);
    if (r == 0) { drop(c); return; }
    if (r < 0) { if (errno != EAGAIN) drop(c); break; }
    c->in_len += r; bytes_in += r;
    if (c->st == HANDSHAKE) {
      uint8_t *e = memmem(c->in, c->in_len, "\r\n\r\n", 4);
      if (!e) continue;
      if (memcmp(c->in, "HTTP/1.1 101", 12)) { if (!bad++) fprintf(stderr, "wsload: handshake refused: %.*s\n", (int)(e - c->in), c->in); drop(c); return; }
      size_t h = e + 4 - c->in; memmove(c->in, c->in + h, c->in_len - h); c->in_len -= h;
      c->st = INIT; for (int k = 0; k < o.ninit; k++) text(c, o.init[k], 0);
      if (!o.ready && !o.ninit) { c->st = READY; ready++; }
    }
    parse(c); if (c->st == CLOSED) return;
    if (r < 65536) break;
  }
  flush(c);
}
static void handshake(struct conn *c) {
  char b[24576], path[4096]; expand(path, sizeof path, o.path, (int)(c - C), 0);
  int n = snprintf(b, sizeof b, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n", path, o.host, o.port);
  if (o.subproto) { char p[4096]; expand(p, sizeof p, o.subproto, (int)(c - C), 0); n += snprintf(b + n, sizeof b - n, "Sec-WebSocket-Protocol: %s\r\n", p); }
  for (int i = 0; i < o.nhdr; i++) { char h[4096]; expand(h, sizeof h, o.hdr[i], (int)(c - C), 0); n += snprintf(b + n, sizeof b - n, "%s\r\n", h); }
  n += snprintf(b + n, sizeof b - n, "\r\n"); put(c, b, n); c->st = HANDSHAKE;
}
static void poll_once(int ms) {
  struct epoll_event ev[512]; int n = epoll_wait(ep, ev, 512, ms);
  for (int i = 0; i < n; i++) {
    struct conn *c = ev[i].data.ptr; if (c->st == CLOSED) continue;
    if (c->st == CONNECTING && (ev[i].events & EPOLLOUT)) { int e = 0; socklen_t l = sizeof e; getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &l); if (e) { errno = e; drop(c); continue; } handshake(c); }
    if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_read(c);
    if (c->st != CLOSED && c->out_len) flush(c);
  }
}
// CPU (us) of a process and all its threads, and its resident and private memory (KiB).
static void usage(int pid, uint64_t *cpu, long *rss) {
  char p[64], b[4096]; *cpu = 0; *rss = 0; if (!pid) return;
  snprintf(p, sizeof p, "/proc/%d/stat", pid); FILE *f = fopen(p, "r"); if (!f) return;
  size_t n = fread(b, 1, sizeof b - 1, f); b[n] = 0; fclose(f);
  char *q = strrchr(b, ')'); unsigned long u, s; sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s);
  *cpu = (uint64_t)(u + s) * 1000000 / sysconf(_SC_CLK_TCK);
  snprintf(p, sizeof p, "/proc/%d/status", pid); f = fopen(p, "r"); while (f && fgets(b, sizeof b, f)) if (!strncmp(b, "VmRSS:", 6)) *rss = atol(b + 6); if (f) fclose(f);
}
static void read_lines(const char *file) {
  FILE *f = fopen(file, "r"); if (!f) die(file);
  cols = calloc(o.conns, sizeof *cols); char *line = NULL; size_t cap = 0; ssize_t n;
  for (int i = 0; i < o.conns && (n = getline(&line, &cap, f)) > 0; i++) {
    if (line[n - 1] == '\n') line[n - 1] = 0;
    char *rest = strdup(line); for (int k = 0; k < 9 && rest; k++) cols[i][k] = strsep(&rest, "\t");
  }
  free(line); fclose(f);
}
static int arg_i(char **v, int *i) { return atoi(v[++*i]); }
int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  for (int i = 1; i < argc; i++) {
    char *a = argv[i];
#define S(name, field) else if (!strcmp(a, name)) o.field = argv[++i]
#define I(name, field) else if (!strcmp(a, name)) o.field = arg_i(argv, &i)
    if (0) ; S("--host", host); S("--path", path); S("--subproto", subproto); S("--msg", msg); S("--ready", ready);
    S("--pong-match", pong_match); S("--pong-reply", pong_reply); S("--lines", lines); S("--count", count);
    else if (!strcmp(a, "--header")) o.hdr[o.nhdr++] = argv[++i];
    else if (!strcmp(a, "--init")) o.init[o.ninit++] = argv[++i];
    I("--port", port); I("--conns", conns); I("--room", room); I("--pubs", pubs); I("--rate", rate); I("--secs", secs);
    I("--warm", warm); I("--window", window); I("--pad", pad); I("--batch", batch); I("--pid", pid); I("--timeout", timeout); I("--ready-count", ready_n); I("--binary", binary); I("--hold", hold);
    else if (!strcmp(a, "--expect")) o.expect = atof(argv[++i]);
    else { fprintf(stderr, "wsload: unknown option %s\n", a); return 2; }
  }
  struct rlimit rl = { 1 << 20, 1 << 20 }; if (setrlimit(RLIMIT_NOFILE, &rl)) { getrlimit(RLIMIT_NOFILE, &rl); rl.rlim_cur = rl.rlim_max; setrlimit(RLIMIT_NOFILE, &rl); }
  pad = malloc(o.pad + 1); memset(pad, 'x', o.pad); pad[o.pad] = 0;
  if (o.lines) read_lines(o.lines);
  C = calloc(o.conns, sizeof *C); ep = epoll_create1(0);
  uint64_t cpu0; long rss0; usage(o.pid, &cpu0, &rss0);
  uint64_t t0 = now_us();
  for (int i = 0; i < o.conns; i++) {
    struct conn *c = &C[i];
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); if (c->fd < 0) die("socket");
    int one = 1; setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    // One loopback source address per 10,000 connections, so that ports do not run out.
    struct sockaddr_in src = { .sin_family = AF_INET }; src.sin_addr.s_addr = htonl(0x7f000001 + i / 10000);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one); bind(c->fd, (void *)&src, sizeof src);
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(o.port) }; inet_pton(AF_INET, o.host, &sa.sin_addr);
    int r = connect(c->fd, (void *)&sa, sizeof sa); if (r < 0 && errno != EINPROGRESS) die("connect");
    c->st = CONNECTING; c->want_out = true;
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c }; epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
    if (i % o.batch == o.batch - 1) { uint64_t lim = now_us() + 2000000; while (now_us() < lim) { int busy = 0; for (int k = i - o.batch + 1; k <= i; k++) busy += C[k].st < INIT; if (!busy) break; poll_once(1); } }
  }
  uint64_t lim = now_us() + (uint64_t)o.timeout * 1000000;
  while (ready + closed < o.conns && now_us() < lim) poll_once(10);
  double connect_s = (now_us() - t0) / 1e6;
  uint64_t cpu1; long rss1; usage(o.pid, &cpu1, &rss1);
  printf("{\"conns\":%ld,\"failed\":%ld,\"connect_s\":%.3f,\"connects_per_s\":%.0f,\"connect_cpu_us\":%.1f,\"rss_kib\":%ld,\"rss_kib_per_conn\":%.2f", ready, o.conns - ready, connect_s, ready / connect_s, ready ? (double)(cpu1 - cpu0) / ready : 0, rss1, ready ? (double)(rss1 - rss0) / ready : 0);
  fflush(stdout);
  if (o.hold) { uint64_t e = now_us() + (uint64_t)o.hold * 1000000; while (now_us() < e) poll_once(50); uint64_t c2; long r2; usage(o.pid, &c2, &r2); printf(",\"idle_cpu_pct\":%.2f,\"idle_rss_kib_per_conn\":%.2f,\"idle_closed\":%ld", (c2 - cpu1) / 1e4 / o.hold, ready ? (double)(r2 - rss0) / ready : 0, closed); }
  if (o.msg && ready) {
    if (o.pubs > o.conns) o.pubs = o.conns;
    int step = o.conns / o.pubs; if (step < 1) step = 1;
    uint64_t start = now_us(), m0 = start + (uint64_t)o.warm * 1000000, end = m0 + (uint64_t)o.secs * 1000000, due0 = start;
    long p0 = 0, d0 = 0, k0 = 0, sent = 0, f0 = 0, b0 = 0; uint64_t c0 = 0, c1 = 0; long r0, r1; uint64_t mt = 0;
    for (;;) {
      uint64_t t = now_us(); if (t >= end) break;
      if (!measuring && t >= m0) { measuring = true; mt = t; p0 = published; d0 = delivered; k0 = counted; f0 = frames_in; b0 = bytes_in; usage(o.pid, &c0, &r0); }
      long quota = o.rate ? (long)((t - due0) * (double)o.rate / 1e6) - sent : 1 << 20; int n = 0;
      while (quota-- > 0 && n < 512) {
        if (!o.rate && o.expect > 0 && published * o.expect - delivered >= o.window * o.expect) break;
        struct conn *c = &C[(sent % o.pubs) * step]; sent++;
        if (c->st != READY) { if (closed >= o.conns) break; continue; }
        text(c, o.msg, sent); published++; n++; if (c->out_len > 16384 || n % 16 == 0 || o.pubs > 16) flush(c);
      }
      for (int k = 0; k < o.pubs && k < 64; k++) if (C[k * step].st == READY && C[k * step].out_len) flush(&C[k * step]);
      poll_once(n ? 0 : 1);
    }
    usage(o.pid, &c1, &r1); double s = (now_us() - mt) / 1e6; long d = delivered - d0, p = published - p0, k = counted - k0, fr = frames_in - f0; long by = bytes_in - b0;
    measuring = false; uint64_t drain = now_us() + 20000000; while (now_us() < drain && delivered < published * o.expect) poll_once(10);
    printf(",\"published_per_s\":%.0f,\"delivered_per_s\":%.0f,\"frames_per_s\":%.0f,\"mb_per_s\":%.1f,\"lost\":%.0f,\"p50_us\":%llu,\"p99_us\":%llu,\"p999_us\":%llu,\"mean_us\":%.0f", p / s, d / s, fr / s, by / s / 1e6, o.expect ? published * o.expect - delivered : 0,
      (unsigned long long)pct(.5), (unsigned long long)pct(.99), (unsigned long long)pct(.999), lat_n ? lat_sum / lat_n : 0);
    if (o.count) printf(",\"counted_per_s\":%.0f", k / s);
    if (o.pid) printf(",\"server_cpu_pct\":%.1f,\"cpu_us_per_publish\":%.2f,\"cpu_us_per_delivery\":%.3f,\"rss_end_kib\":%ld", (c1 - c0) / 1e4 / s, p ? (double)(c1 - c0) / p : 0, d ? (double)(c1 - c0) / d : 0, r1);
  }
  printf(",\"dropped\":%ld}\n", closed - (o.conns - ready > 0 ? 0 : 0));
  return bad ? 1 : 0;
}
