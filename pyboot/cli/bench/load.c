// load: drives an echo server over TCP, compares every byte that comes back, counts and times. One thread, epoll; ends by itself.
//
// usage: load MODE HOST PORT CONNECTIONS DEPTH SIZE SECONDS WARM_SECONDS PATIENCE_SECONDS SERVER_PID
//   prefix4  frames of SIZE bytes, of which the first four say how long the rest is; DEPTH frames in flight on each connection
//   varint   the same with one or two bytes in front that hold the length as a varint
//   line     the same without a prefix: letters, and a line feed at the end of each frame
//   json     the same: an array of one string of letters
//   stream   the same without any mark: chunks of SIZE bytes (DEPTH 1: request and response)
//   connect  connect, send a byte, read it back, read the server's close; CONNECTIONS at a time; a count is a whole life
//   hold     open CONNECTIONS, echo a byte on each, print {"held": n}, keep them idle until standard input ends, then check them
//
// Honesty. The contents are pseudo-random; each connection starts elsewhere in them, so a lost, doubled, swapped or misdirected byte
// shows. A new frame leaves only when a whole one has returned. The clock of a frame runs from the write() that carried its last byte
// to the read() that brought that byte back. After the window the rest in flight is awaited and compared too, then the connection is
// half-closed, and one byte too many is an error. "server_cpu" and "load_cpu" are the shares of a core that the server's process (0: not told) and this
// one used inside the window: "load_cpu" near 1 says that this program, not the server, was the limit.
//
// exit: 0 measured (JSON on standard output) · 1 the server misbehaved · 2 wrong usage · 3 this machine refused something
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10, CONTENTS_BYTES = 16 << 20, EVENTS = 512, BUCKETS = 4096 };

typedef struct { long end; uint64_t at; } Mark; // what was sent up to `end` left at `at`
typedef struct { int fd, number, head, marks, blocked; long base, sent, got; uint64_t born; Mark *queue; } Conn;
typedef struct { uint64_t count, bytes, start_ns, stop_ns; double load_cpu, server_cpu; } Window;

static struct sockaddr_in server;
static int conns, depth, epoll;
static long size, ring;
static clockid_t server_clock = -1;
static double seconds, warm_seconds, patience; // patience: how long the last answers may take
static char *contents, incoming[READ_BYTES];
static uint64_t histogram[BUCKETS];

static void fail(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fputc('\n', stderr);
  exit(code);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// Processor time that a process has used, all of its threads together.
static double cpu(clockid_t process) {
  struct timespec t = {0};
  if (process != -1) clock_gettime(process, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// --- the histogram: 64 steps to each power of two, in units of 100 ns ---------------------------------------------------------------

static int bucket(uint64_t ns) {
  uint64_t u = ns / 100;
  if (u < 64) return (int)u;
  int e = 63 - __builtin_clzll(u), b = (e - 5) * 64 + (int)((u >> (e - 6)) - 64);
  return b < BUCKETS ? b : BUCKETS - 1;
}

static double microseconds(int b) {
  return b < 64 ? b / 10.0 : (double)((uint64_t)(64 + b % 64) << (b / 64 - 1)) / 10.0;
}

static double percentile(double share) {
  uint64_t total = 0, seen = 0;
  for (int b = 0; b < BUCKETS; b++) total += histogram[b];
  for (int b = 0; b < BUCKETS; b++)
    if ((seen += histogram[b]) && (double)seen >= share * (double)total) return microseconds(b);
  return 0;
}

static void report(const Window *w) {
  double s = (double)(w->stop_ns - w->start_ns) / 1e9;
  if (!w->count || s <= 0) fail(1, "nothing came back within the measured %.1f s", seconds);
  printf("{\"qps\": %.1f, \"gbps\": %.4f, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"count\": %llu, "
         "\"seconds\": %.3f, \"server_cpu\": %.4f, \"load_cpu\": %.4f}\n",
         (double)w->count / s, (double)w->bytes * 8 / s / 1e9, percentile(.5), percentile(.9), percentile(.99), percentile(.999),
         (unsigned long long)w->count, s, w->server_cpu / s, w->load_cpu / s);
}

// Open the window when the warm-up is over, close it at its end; say whether sending goes on.
static int tick(Window *w, uint64_t begun) {
  uint64_t t = now(), warm = begun + (uint64_t)(warm_seconds * 1e9), end = warm + (uint64_t)(seconds * 1e9);
  int opens = !w->start_ns && t >= warm, closes = !w->stop_ns && t >= end;
  if (opens) w->start_ns = t;
  if (closes) w->stop_ns = t;
  if (opens || closes) {
    w->load_cpu = cpu(CLOCK_PROCESS_CPUTIME_ID) - w->load_cpu;
    w->server_cpu = cpu(server_clock) - w->server_cpu;
  }
  return t < end;
}

static int measuring(const Window *w) { return w->start_ns && !w->stop_ns; }

// --- sockets ----------------------------------------------------------------------------------------------------------------------

static int dial(int number) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(3, "connection %d: socket: %s", number, strerror(errno));
  if (connect(fd, (void *)&server, sizeof server)) fail(errno == ECONNREFUSED || errno == ECONNRESET ? 1 : 3, "connection %d: connect: %s", number, strerror(errno));
  return fd;
}

static void watch(Conn *c, int operation, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &e)) fail(3, "epoll_ctl: %s", strerror(errno));
}

static void raise_file_limit(void) {
  struct rlimit l;
  if (getrlimit(RLIMIT_NOFILE, &l) == 0) { l.rlim_cur = l.rlim_max; setrlimit(RLIMIT_NOFILE, &l); }
}

// --- prefix4 to stream ------------------------------------------------------------------------------------------------------------

// What tells where a frame of this mode begins or ends; its contents are there already.
static void mark_frame(char *frame, const char *mode) {
  uint32_t length = htonl((uint32_t)(size - 4));
  if (!strcmp(mode, "prefix4")) memcpy(frame, &length, 4);
  if (!strcmp(mode, "varint") && size <= 128) frame[0] = (char)(size - 1);
  if (!strcmp(mode, "varint") && size > 128) { frame[0] = (char)((size - 2) | 0x80); frame[1] = (char)((size - 2) >> 7); }
  if (!strcmp(mode, "line")) frame[size - 1] = '\n';
  if (!strcmp(mode, "json")) { memcpy(frame, "[\"", 2); memcpy(frame + size - 2, "\"]", 2); }
}

// One ring of whole frames, and a copy of its head behind it so that no write and no comparison has to wrap.
static void make_contents(const char *mode) {
  int text = !strcmp(mode, "line") || !strcmp(mode, "json");
  long frames = CONTENTS_BYTES / size, reach = depth * size > READ_BYTES ? depth * size : READ_BYTES;
  frames = frames > 997 ? 997 : frames < 3 ? 3 : frames;
  ring = frames * size;
  contents = malloc((size_t)(ring + reach));
  if (!contents) fail(3, "no memory for %ld bytes of contents", ring + reach);
  uint64_t x = 88172645463325252ull;
  for (long i = 0; i < ring; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; contents[i] = text ? 'a' + (char)((x >> 32) % 26) : (char)(x >> 32); }
  for (long i = 0; i < ring; i += size) mark_frame(contents + i, mode);
  for (long i = 0; i < reach; i++) contents[ring + i] = contents[i % ring];
}

static void block(Conn *c, int blocked) {
  if (c->blocked == blocked) return;
  c->blocked = blocked;
  watch(c, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

// Send what may be in flight; once stopping, only the rest of a frame that has begun.
static void push(Conn *c, int sending) {
  long target = sending ? (c->got / size + depth) * size : (c->sent + size - 1) / size * size;
  if (c->sent >= target) { block(c, 0); return; }
  uint64_t t = now();
  ssize_t n = write(c->fd, contents + (c->base + c->sent) % ring, (size_t)(target - c->sent));
  if (n < 0 && errno != EAGAIN) fail(1, "connection %d: write after %ld bytes: %s", c->number, c->sent, strerror(errno));
  if (n > 0) {
    c->sent += n;
    if (c->marks <= depth) c->queue[(c->head + c->marks++) % (depth + 2)] = (Mark){c->sent, t};
    else c->queue[(c->head + c->marks - 1) % (depth + 2)] = (Mark){c->sent, t};
  }
  block(c, c->sent < target);
}

static void compare(const Conn *c, ssize_t n) {
  if (c->got + n > c->sent) fail(1, "connection %d: %ld bytes came back, only %ld were sent", c->number, c->got + n, c->sent);
  const char *expected = contents + (c->base + c->got) % ring;
  if (!memcmp(incoming, expected, (size_t)n)) return;
  long i = 0;
  while (incoming[i] == expected[i]) i++;
  fail(1, "connection %d: byte %ld is 0x%02x, 0x%02x was sent", c->number, c->got + i, incoming[i] & 255, expected[i] & 255);
}

// Frames [from, to) are back: charge each to the write that carried its last byte.
static void time_frames(Conn *c, long from, long to, uint64_t t, int counting) {
  while (c->marks) {
    Mark *m = &c->queue[c->head];
    long covered = m->end / size < to ? m->end / size : to;
    if (covered > from) { if (counting) histogram[bucket(t - m->at)] += (uint64_t)(covered - from); from = covered; }
    if (m->end > c->got) return;
    c->head = (c->head + 1) % (depth + 2);
    c->marks--;
  }
}

static void pull(Conn *c, Window *w) {
  ssize_t n = read(c->fd, incoming, READ_BYTES);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) fail(1, "connection %d: read after %ld bytes: %s", c->number, c->got, strerror(errno));
  if (!n) fail(1, "connection %d: closed early, %ld of %ld bytes came back", c->number, c->got, c->sent);
  compare(c, n);
  long from = c->got / size, to = (c->got + n) / size;
  int counting = measuring(w);
  c->got += n;
  time_frames(c, from, to, now(), counting);
  if (counting) { w->count += (uint64_t)(to - from); w->bytes += (uint64_t)n; }
}

static void open_all(Conn *all) {
  for (int i = 0; i < conns; i++) {
    Conn *c = &all[i];
    *c = (Conn){.fd = dial(i), .number = i, .base = (long)i * 7919 % (ring / size) * size, .queue = calloc((size_t)depth + 2, sizeof(Mark))};
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    if (i % 32 == 31) usleep(1000); // a backlog of 100, the default of some servers, must not overflow
  }
}

static void expect_silence(Conn *c) {
  struct pollfd p = {.fd = c->fd, .events = POLLIN};
  shutdown(c->fd, SHUT_WR);
  while (poll(&p, 1, 200) > 0) {
    ssize_t n = read(c->fd, incoming, READ_BYTES);
    if (n > 0) fail(1, "connection %d: %zd bytes too many came after the last answer", c->number, n);
    if (n == 0 || errno != EAGAIN) return;
  }
}

static void echo(const char *mode) {
  make_contents(mode);
  Conn *all = calloc((size_t)conns, sizeof *all);
  open_all(all);
  Window window = {0};
  uint64_t begun = now();
  for (int i = 0; i < conns; i++) push(&all[i], 1);
  struct epoll_event ready[EVENTS];
  int sending, waiting = conns;
  while ((sending = tick(&window, begun)) || waiting) {
    if (!sending && now() > window.stop_ns + (uint64_t)(patience * 1e9)) fail(1, "%d connections never got all of their answers", waiting);
    int n = epoll_wait(epoll, ready, EVENTS, 20);
    for (int i = 0; i < n; i++) {
      Conn *c = ready[i].data.ptr;
      if (ready[i].events & ~EPOLLOUT) pull(c, &window);
      push(c, sending);
    }
    if (!sending) for (int i = waiting = 0; i < conns; i++) waiting += all[i].got < all[i].sent;
  }
  for (int i = 0; i < conns && i < 64; i++) expect_silence(&all[i]);
  report(&window);
}

// --- connect ----------------------------------------------------------------------------------------------------------------------

static void begin_life(Conn *c, char token) {
  c->born = now();
  c->fd = dial(c->number);
  c->got = 0;
  c->base = token;
  if (write(c->fd, &token, 1) != 1) fail(1, "connection %d: write: %s", c->number, strerror(errno));
  watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

// One read of a life: the byte, then the end. True when the life is over.
static int live(Conn *c) {
  ssize_t n = read(c->fd, incoming, 16);
  if (n < 0) fail(1, "connection %d: read: %s", c->number, strerror(errno));
  if (c->got + n > 1) fail(1, "connection %d: %ld bytes came back, 1 was sent", c->number, c->got + n);
  if (n == 1 && incoming[0] != (char)c->base) fail(1, "connection %d: 0x%02x came back, 0x%02x was sent", c->number, incoming[0] & 255, (int)c->base & 255);
  if (n == 1) { c->got = 1; return 0; }
  if (!c->got) fail(1, "connection %d: closed before its byte came back", c->number);
  close(c->fd);
  return 1;
}

static void lives(void) {
  Conn *all = calloc((size_t)conns, sizeof *all);
  Window window = {0};
  uint64_t begun = now();
  unsigned token = 0;
  for (int i = 0; i < conns; i++) { all[i].number = i; begin_life(&all[i], (char)(token++ * 37)); }
  struct epoll_event ready[EVENTS];
  int sending, waiting = conns;
  while ((sending = tick(&window, begun)) || waiting) {
    if (!sending && now() > window.stop_ns + (uint64_t)(patience * 1e9)) fail(1, "%d connections were never answered and closed", waiting);
    int n = epoll_wait(epoll, ready, EVENTS, 20);
    for (int i = 0; i < n; i++) {
      Conn *c = ready[i].data.ptr;
      if (!live(c)) continue;
      if (measuring(&window)) { window.count++; window.bytes++; histogram[bucket(now() - c->born)]++; }
      if (sending) begin_life(c, (char)(token++ * 37)); else waiting--;
    }
  }
  report(&window);
}

// --- hold -------------------------------------------------------------------------------------------------------------------------

static void hold(void) {
  int *fds = calloc((size_t)conns, sizeof *fds);
  struct timeval limit = {.tv_sec = (long)patience, .tv_usec = (long)(patience * 1e6) % 1000000};
  for (int i = 0; i < conns; i++) {
    char token = (char)(i * 37), back;
    fds[i] = dial(i);
    setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (write(fds[i], &token, 1) != 1 || read(fds[i], &back, 1) != 1) fail(1, "connection %d: its byte did not come back", i);
    if (back != token) fail(1, "connection %d: 0x%02x came back, 0x%02x was sent", i, back & 255, token & 255);
  }
  printf("{\"held\": %d}\n", conns);
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  poll(&input, 1, (int)(seconds * 1000));
  for (int i = 0; i < conns; i++) {
    ssize_t n = recv(fds[i], incoming, 16, MSG_DONTWAIT);
    if (n >= 0 || errno != EAGAIN) fail(1, "connection %d: %s while it was held", i, n > 0 ? "bytes came unasked" : "closed");
  }
}

int main(int argc, char **argv) {
  if (argc != 11) fail(2, "usage: load prefix4|varint|line|json|stream|connect|hold HOST PORT CONNECTIONS DEPTH SIZE SECONDS WARM_SECONDS PATIENCE_SECONDS SERVER_PID");
  const char *mode = argv[1];
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
  conns = atoi(argv[4]), depth = atoi(argv[5]), size = atol(argv[6]), seconds = atof(argv[7]), warm_seconds = atof(argv[8]), patience = atof(argv[9]);
  if (atoi(argv[10])) clock_getcpuclockid(atoi(argv[10]), &server_clock);
  if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) fail(2, "host %s: an IPv4 address is needed", argv[2]);
  if (conns < 1 || depth < 1 || size < 1 || seconds <= 0 || warm_seconds < 0 || patience <= 0) fail(2, "connections, depth, size and seconds are counts from 1");
  if (!strcmp(mode, "prefix4") && size < 5) fail(2, "a prefix4 frame has at least 5 bytes, not %ld", size);
  if (!strcmp(mode, "varint") && (size < 3 || size > 16384)) fail(2, "a varint frame has 3 to 16384 bytes, not %ld", size);
  if ((!strcmp(mode, "json") || !strcmp(mode, "line")) && size < 5) fail(2, "a frame of text has at least 5 bytes, not %ld", size);
  raise_file_limit();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  static const char *const echoed[] = {"prefix4", "varint", "line", "json", "stream"};
  for (size_t i = 0; i < sizeof echoed / sizeof *echoed; i++) {
    if (!strcmp(mode, echoed[i])) { echo(mode); return 0; }
  }
  if (!strcmp(mode, "connect")) lives();
  else if (!strcmp(mode, "hold")) hold();
  else fail(2, "mode %s: prefix4, varint, line, json, stream, connect or hold", mode);
  return 0;
}
