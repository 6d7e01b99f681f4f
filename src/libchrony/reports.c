#include "reports.h"

#include <string.h>

#include "constants.h"

/* A field that is a plain number, or one whose values have names. */
#define PLAIN(name, form, content) {name, WIRE_##form, CHRONY_CONTENT_##content, NULL}
#define NAMED(name, form, content, names) {name, WIRE_##form, CHRONY_CONTENT_##content, names}

static const field count_fields[] = {PLAIN("sources", U32, COUNT)};

static const field tracking_fields[] = {
    PLAIN("reference ID", U32, REFERENCE_ID),
    PLAIN("address", ADDRESS, ADDRESS),
    PLAIN("stratum", U16, COUNT),
    NAMED("leap status", U16, ENUM, leap_names),
    PLAIN("reference time", TIMESPEC, TIME),
    PLAIN("current correction", FLOAT, OFFSET_SECONDS),
    PLAIN("last offset", FLOAT, OFFSET_SECONDS),
    PLAIN("RMS offset", FLOAT, MEASURE_SECONDS),
    PLAIN("frequency offset", FLOAT, OFFSET_PPM),
    PLAIN("residual frequency", FLOAT, OFFSET_PPM),
    PLAIN("skew", FLOAT, MEASURE_PPM),
    PLAIN("root delay", FLOAT, MEASURE_SECONDS),
    PLAIN("root dispersion", FLOAT, MEASURE_SECONDS),
    PLAIN("last update interval", FLOAT, INTERVAL_SECONDS),
};

#define SOURCES_AFTER_ADDRESS                                  \
  PLAIN("poll", I16, INTERVAL_LOG2_SECONDS),                   \
  PLAIN("stratum", U16, COUNT),                                \
  NAMED("state", U16, ENUM, source_state_names),               \
  NAMED("mode", U16, ENUM, source_mode_names),                 \
  PLAIN("flags", U16, NONE),                                   \
  PLAIN("reachability", U16, BITS),                            \
  PLAIN("last sample ago", U32, INTERVAL_SECONDS),             \
  PLAIN("original last sample offset", FLOAT, OFFSET_SECONDS), \
  PLAIN("adjusted last sample offset", FLOAT, OFFSET_SECONDS), \
  PLAIN("last sample error", FLOAT, MEASURE_SECONDS)

static const field sources_fields[] = {PLAIN("address", ADDRESS, ADDRESS), SOURCES_AFTER_ADDRESS};

static const field reference_clock_fields[] = {
    PLAIN("reference ID", REFERENCE_ID_IN_ADDRESS, REFERENCE_ID), SOURCES_AFTER_ADDRESS};

static const field sourcestats_fields[] = {
    PLAIN("reference ID", U32, REFERENCE_ID),
    PLAIN("address", ADDRESS, ADDRESS),
    PLAIN("samples", U32, COUNT),
    PLAIN("runs", U32, COUNT),
    PLAIN("span", U32, INTERVAL_SECONDS),
    PLAIN("standard deviation", FLOAT, MEASURE_SECONDS),
    PLAIN("residual frequency", FLOAT, OFFSET_PPM),
    PLAIN("skew", FLOAT, MEASURE_PPM),
    PLAIN("offset", FLOAT, OFFSET_SECONDS),
    PLAIN("offset error", FLOAT, MEASURE_SECONDS),
};

static const field selectdata_fields[] = {
    PLAIN("reference ID", U32, REFERENCE_ID),
    PLAIN("address", ADDRESS, ADDRESS),
    NAMED("state", U8, ENUM, select_state_names),
    PLAIN("authentication", U8, BOOLEAN),
    NAMED("leap status", U8, ENUM, leap_names),
    PLAIN("reserved #1", U8, NONE),
    NAMED("configured options", U16, FLAGS, select_option_names),
    NAMED("effective options", U16, FLAGS, select_option_names),
    PLAIN("last sample ago", U32, INTERVAL_SECONDS),
    PLAIN("score", FLOAT, RATIO),
    PLAIN("low limit", FLOAT, INTERVAL_SECONDS),
    PLAIN("high limit", FLOAT, INTERVAL_SECONDS),
};

static const field activity_fields[] = {
    PLAIN("online sources", U32, COUNT),
    PLAIN("offline sources", U32, COUNT),
    PLAIN("burst online-return sources", U32, COUNT),
    PLAIN("burst offline-return sources", U32, COUNT),
    PLAIN("unresolved sources", U32, COUNT),
};

static const field authdata_fields[] = {
    NAMED("mode", U16, ENUM, auth_mode_names),
    NAMED("key type", U16, ENUM, key_type_names),
    PLAIN("key ID", U32, INDEX),
    PLAIN("key length", U16, LENGTH_BITS),
    PLAIN("key establishment attempts", U16, COUNT),
    PLAIN("last key establishment ago", U32, INTERVAL_SECONDS),
    PLAIN("cookies", U16, COUNT),
    PLAIN("cookie length", U16, LENGTH_BYTES),
    PLAIN("NAK", U16, BOOLEAN),
    PLAIN("reserved #1", U16, NONE),
};

#define NTPDATA_BOTH_VERSIONS                                   \
  PLAIN("remote address", ADDRESS, ADDRESS),                    \
  PLAIN("local address", ADDRESS, ADDRESS),                     \
  PLAIN("remote port", U16, PORT),                              \
  NAMED("leap status", U8, ENUM, leap_names),                   \
  PLAIN("version", U8, COUNT),                                  \
  NAMED("mode", U8, ENUM, ntp_mode_names),                      \
  PLAIN("stratum", U8, COUNT),                                  \
  PLAIN("poll", I8, INTERVAL_LOG2_SECONDS),                     \
  PLAIN("precision", I8, INTERVAL_LOG2_SECONDS),                \
  PLAIN("root delay", FLOAT, MEASURE_SECONDS),                  \
  PLAIN("root dispersion", FLOAT, MEASURE_SECONDS),             \
  PLAIN("reference ID", U32, REFERENCE_ID),                     \
  PLAIN("reference time", TIMESPEC, TIME),                      \
  PLAIN("offset", FLOAT, OFFSET_SECONDS),                       \
  PLAIN("peer delay", FLOAT, MEASURE_SECONDS),                  \
  PLAIN("peer dispersion", FLOAT, MEASURE_SECONDS),             \
  PLAIN("response time", FLOAT, MEASURE_SECONDS),               \
  PLAIN("jitter asymmetry", FLOAT, RATIO),                      \
  NAMED("flags", U16, FLAGS, ntp_flag_names),                   \
  NAMED("transmit timestamping", U8, ENUM, timestamping_names), \
  NAMED("receive timestamping", U8, ENUM, timestamping_names),  \
  PLAIN("transmitted messages", U32, COUNT),                    \
  PLAIN("received messages", U32, COUNT),                       \
  PLAIN("received valid messages", U32, COUNT),                 \
  PLAIN("received good messages", U32, COUNT)

static const field ntpdata_fields[] = {
    NTPDATA_BOTH_VERSIONS,
    PLAIN("reserved #1", U32, NONE),
    PLAIN("reserved #2", U32, NONE),
    PLAIN("reserved #3", U32, NONE),
};

static const field ntpdata2_fields[] = {
    NTPDATA_BOTH_VERSIONS,
    PLAIN("kernel transmit timestamps", U32, COUNT),
    PLAIN("kernel receive timestamps", U32, COUNT),
    PLAIN("hardware transmit timestamps", U32, COUNT),
    PLAIN("hardware receive timestamps", U32, COUNT),
    PLAIN("reserved #1", U32, NONE),
    PLAIN("reserved #2", U32, NONE),
    PLAIN("reserved #3", U32, NONE),
    PLAIN("reserved #4", U32, NONE),
};

static const field serverstats_fields[] = {
    PLAIN("received NTP requests", U32, COUNT),      PLAIN("received command requests", U32, COUNT),
    PLAIN("dropped NTP requests", U32, COUNT),       PLAIN("dropped command requests", U32, COUNT),
    PLAIN("dropped client log records", U32, COUNT),
};

#define SERVERSTATS_SINCE_2(form)                           \
  PLAIN("received NTP requests", form, COUNT),              \
  PLAIN("accepted NTS-KE connections", form, COUNT),        \
  PLAIN("received command requests", form, COUNT),          \
  PLAIN("dropped NTP requests", form, COUNT),               \
  PLAIN("dropped NTS-KE connections", form, COUNT),         \
  PLAIN("dropped command requests", form, COUNT),           \
  PLAIN("dropped client log records", form, COUNT),         \
  PLAIN("received authenticated NTP requests", form, COUNT)

#define SERVERSTATS_SINCE_3(form)                          \
  SERVERSTATS_SINCE_2(form),                               \
  PLAIN("received interleaved NTP requests", form, COUNT), \
  PLAIN("held NTP timestamps", form, COUNT),               \
  PLAIN("NTP timestamp span", form, INTERVAL_SECONDS)

static const field serverstats2_fields[] = {
    SERVERSTATS_SINCE_2(U32),
};

static const field serverstats3_fields[] = {
    SERVERSTATS_SINCE_3(U32),
};

static const field serverstats4_fields[] = {
    SERVERSTATS_SINCE_3(U64),
    PLAIN("served daemon RX timestamps", U64, COUNT),
    PLAIN("served daemon TX timestamps", U64, COUNT),
    PLAIN("served kernel RX timestamps", U64, COUNT),
    PLAIN("served kernel TX timestamps", U64, COUNT),
    PLAIN("served hardware RX timestamps", U64, COUNT),
    PLAIN("served hardware TX timestamps", U64, COUNT),
    PLAIN("reserved #1", U64, NONE),
    PLAIN("reserved #2", U64, NONE),
    PLAIN("reserved #3", U64, NONE),
    PLAIN("reserved #4", U64, NONE),
};

static const field rtcdata_fields[] = {
    PLAIN("reference time", TIMESPEC, TIME),
    PLAIN("samples", U16, COUNT),
    PLAIN("runs", U16, COUNT),
    PLAIN("span", U32, INTERVAL_SECONDS),
    PLAIN("offset", FLOAT, OFFSET_SECONDS),
    PLAIN("frequency offset", FLOAT, OFFSET_PPM),
};

static const field smoothing_fields[] = {
    NAMED("flags", U32, FLAGS, smoothing_flag_names),
    PLAIN("offset", FLOAT, OFFSET_SECONDS),
    PLAIN("frequency offset", FLOAT, OFFSET_PPM),
    PLAIN("wander", FLOAT, OFFSET_PPM_PER_SECOND),
    PLAIN("last update ago", FLOAT, INTERVAL_SECONDS),
    PLAIN("remaining time", FLOAT, INTERVAL_SECONDS),
};

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))
#define REPLY(code, fields) {code, fields, LENGTH(fields), -1, 0}
#define REPLY_OF_KIND(code, fields, kind_at, kind) {code, fields, LENGTH(fields), kind_at, kind}

/* In sources, mode 2 (a reference clock) decides what the first bytes are. */
enum { SOURCES_MODE_AT = 26, MODE_REFERENCE_CLOCK = 2 };

static const reply count_replies[] = {REPLY(2, count_fields)};
static const reply sources_replies[] = {
    REPLY_OF_KIND(3, reference_clock_fields, SOURCES_MODE_AT, MODE_REFERENCE_CLOCK),
    REPLY(3, sources_fields),
};
static const reply tracking_replies[] = {REPLY(5, tracking_fields)};
static const reply sourcestats_replies[] = {REPLY(6, sourcestats_fields)};
static const reply rtcdata_replies[] = {REPLY(7, rtcdata_fields)};
static const reply activity_replies[] = {REPLY(12, activity_fields)};
static const reply smoothing_replies[] = {REPLY(13, smoothing_fields)};
static const reply serverstats_replies[] = {
    REPLY(14, serverstats_fields),
    REPLY(22, serverstats2_fields),
    REPLY(24, serverstats3_fields),
    REPLY(25, serverstats4_fields),
};
static const reply ntpdata_replies[] = {REPLY(16, ntpdata_fields), REPLY(26, ntpdata2_fields)};
static const reply authdata_replies[] = {REPLY(20, authdata_fields)};
static const reply selectdata_replies[] = {REPLY(23, selectdata_fields)};

#define REPORT(name, command, asked, replies) {name, command, asked, replies, LENGTH(replies)}

const report count_report = REPORT("", 14, ASKED_ALONE, count_replies);

enum { SOURCESTATS = 2 };

const report reports[] = {
    REPORT("tracking", 33, ASKED_ALONE, tracking_replies),
    REPORT("sources", 15, ASKED_BY_INDEX, sources_replies),
    [SOURCESTATS] = REPORT("sourcestats", 34, ASKED_BY_INDEX, sourcestats_replies),
    REPORT("selectdata", 69, ASKED_BY_INDEX, selectdata_replies),
    REPORT("activity", 44, ASKED_ALONE, activity_replies),
    REPORT("authdata", 67, ASKED_BY_ADDRESS, authdata_replies),
    REPORT("ntpdata", 57, ASKED_BY_ADDRESS, ntpdata_replies),
    REPORT("serverstats", 54, ASKED_ALONE, serverstats_replies),
    REPORT("rtcdata", 35, ASKED_ALONE, rtcdata_replies),
    REPORT("smoothing", 51, ASKED_ALONE, smoothing_replies),
};

const int n_reports = LENGTH(reports);

const report *const address_report = &reports[SOURCESTATS];

const report *report_by_name(const char *name) {
  if (name == NULL) return NULL;
  for (int i = 0; i < n_reports; i++)
    if (strcmp(reports[i].name, name) == 0) return &reports[i];
  return NULL;
}

size_t wire_size(wire_form form) {
  static const uint8_t sizes[] = {[WIRE_U8] = 1,       [WIRE_U16] = 2,
                                  [WIRE_U32] = 4,      [WIRE_U64] = 8,
                                  [WIRE_I8] = 1,       [WIRE_I16] = 2,
                                  [WIRE_FLOAT] = 4,    [WIRE_TIMESPEC] = 12,
                                  [WIRE_ADDRESS] = 20, [WIRE_REFERENCE_ID_IN_ADDRESS] = 20};

  return sizes[form];
}

size_t reply_payload_size(const reply *r) {
  size_t size = 0;

  for (int i = 0; i < r->n_fields; i++) size += wire_size(r->fields[i].form);
  return size;
}

size_t report_payload_size(const report *r) {
  size_t longest = 0;

  for (int i = 0; i < r->n_replies; i++) {
    size_t size = reply_payload_size(&r->replies[i]);
    if (size > longest) longest = size;
  }
  return longest;
}
