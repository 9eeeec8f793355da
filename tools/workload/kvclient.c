// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load on a memcached in a guest, seen from outside: how many requests are
 * answered, and when the speed is back after a migration.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "kvclient.h"
#include "pattern.h"
#include "throughput.h"
#include "zipf.h"

#define NSEC_PER_MSEC	1000000ULL

/* Requests of one round, and of one when every key has its turn. */
#define ROUND		4
#define ROUND_OF_ALL	32
/* One request in so many stores. */
#define SETS		4
/* A request without an answer is sent again after so many waits. */
#define WAIT_MS		20
#define AGAIN_WAITS	10
#define SAMPLE_NS	(100 * NSEC_PER_MSEC)
/* Without any answer for so long, the guest is away. */
#define SILENCE_NS	(500 * NSEC_PER_MSEC)

static const char help[] =
	"usage: kvclient --server ADDRESS:PORT [OPTION]...\n"
	"Load a memcached (-U PORT -t 1) and prove that nothing is lost.\n"
	"  --server ADDR:PORT where it listens for datagrams\n"
	"  --once WHAT        do one thing with every key and end. fill: store the\n"
	"                     first version, which the load expects to find; touch:\n"
	"                     write to each item, but not to its value; look: each\n"
	"                     value is a whole one, of whatever version\n"
	"  --keys N           keys (default 16384)\n"
	"  --value BYTES      of each value, a multiple of 8 (default 1000)\n"
	"  --hot PERCENT      of the keys, which take most requests (default 15)\n"
	"  --skew NUMBER      exponent of the zipf law among those (default 0.8)\n"
	"  --stray N          one request in N goes anywhere (default 1000)\n"
	"  --rate N           requests per second, 0: no limit (default 400)\n"
	"  --samples FILE     write 'SECONDS ANSWERS' 10 times a second\n"
	"  --seed N           of contents and order (default 1)\n"
	TSMC_REPORT_HELP;

/**
 * struct client - the load
 * @report: findings
 * @throughput: speed
 * @kv: the connection
 * @zipf: choice of the ranks of keys
 * @key_of: key of a rank
 * @hot_percent: of the keys
 * @skew: of the choice
 * @rate: requests per second
 * @samples: file for them, or NULL
 * @once: the one thing that is done with every key, or NULL
 * @random: sequence of the choices
 * @served: requests of rounds that were answered
 * @sampled: @served at the newest sample
 * @growing_ns: when it was last seen to grow
 * @away: the guest does not answer
 */
struct client {
	struct tsmc_report report;
	struct tsmc_throughput throughput;
	struct tsmc_kv kv;
	struct tsmc_zipf zipf;
	uint32_t *key_of;
	uint64_t hot_percent;
	double skew;
	uint64_t rate;
	const char *samples;
	const char *once;
	uint64_t random;
	uint64_t served;
	uint64_t sampled;
	uint64_t growing_ns;
	bool away;
};

static void sample(struct client *c)
{
	uint64_t now = tsmc_now_ns();

	if (now - tsmc_throughput_newest_ns(&c->throughput) < SAMPLE_NS)
		return;
	if (c->served != c->sampled) {
		if (c->away)
			tsmc_throughput_resumed(&c->throughput, c->growing_ns);
		c->away = false;
		c->growing_ns = now;
	} else if (now - c->growing_ns >= SILENCE_NS) {
		c->away = true;
	}
	c->sampled = c->served;
	tsmc_throughput_sample(&c->throughput, c->sampled, "");
	tsmc_report_tick(&c->report, "answers=%llu again=%llu",
			 (unsigned long long)c->sampled,
			 (unsigned long long)c->kv.asked_again);
}

/* To the end, also when told to stop: the last answers say what is stored. */
static void run(struct client *c, struct tsmc_kv_request *requests,
		unsigned int count)
{
	unsigned int waits = 0;

	tsmc_kv_send(&c->kv, requests, count);
	while (!tsmc_kv_receive(&c->kv, requests, count, WAIT_MS)) {
		if (++waits % AGAIN_WAITS == 0)
			tsmc_kv_send_again(&c->kv, requests, count);
		sample(c);
	}
	sample(c);
}

static bool among(const struct tsmc_kv_request *requests, unsigned int count,
		  uint32_t key)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (requests[i].key == key)
			return true;
	return false;
}

/* Two requests of one key at once could overtake one another. */
static void add(struct tsmc_kv_request *requests, unsigned int *count,
		uint32_t key, enum tsmc_kv_kind kind)
{
	struct tsmc_kv_request request = { .key = key, .kind = kind };

	if (!among(requests, *count, key))
		requests[(*count)++] = request;
}

static void load_round(struct client *c)
{
	struct tsmc_kv_request requests[TSMC_KV_BATCH];
	unsigned int count = 0, i;

	for (i = 0; i < ROUND; i++) {
		uint64_t random = tsmc_random(&c->random);
		size_t rank = tsmc_zipf_choose(&c->zipf, random);

		add(requests, &count, c->key_of[rank],
		    (random >> 60) % SETS ? TSMC_KV_GET : TSMC_KV_SET);
	}
	run(c, requests, count);
	c->served += count;
}

/* Keys below the first version that is wanted are left out. */
static void each_key(struct client *c, enum tsmc_kv_kind kind, uint32_t least)
{
	struct tsmc_kv_request requests[TSMC_KV_BATCH];
	unsigned int count = 0;
	uint32_t key;

	for (key = 0; key < c->zipf.ranks; key++) {
		if (c->kv.versions[key] >= least)
			add(requests, &count, key, kind);
		if (count < ROUND_OF_ALL && key + 1 < c->zipf.ranks)
			continue;
		run(c, requests, count);
		count = 0;
	}
}

static void once(struct client *c, const char *what)
{
	if (!strcmp(what, "fill"))
		each_key(c, TSMC_KV_SET, 0);
	else if (!strcmp(what, "touch"))
		each_key(c, TSMC_KV_TOUCH, 0);
	else
		each_key(c, TSMC_KV_LOOK, 0);
}

/* What was stored is looked at once more: all else is as it was filled. */
static void load(struct client *c)
{
	struct tsmc_pace pace = { .rate = c->rate / ROUND };
	uint32_t key;

	if (c->rate && !pace.rate)
		pace.rate = 1;
	for (key = 0; key < c->zipf.ranks; key++)
		c->kv.versions[key] = 1;
	tsmc_report_ready(&c->report, "keys=%zu bytes=%zu", c->zipf.ranks,
			  c->zipf.ranks * c->kv.value);
	while (!tsmc_stop_requested()) {
		load_round(c);
		tsmc_pace(&pace);
	}
	each_key(c, TSMC_KV_GET, 2);
}

static void parse_one(struct client *c, int opt, const char *arg)
{
	struct sockaddr_in address;

	switch (opt) {
	case 's':
		address = tsmc_endpoint_parse("server", arg);
		c->kv.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (c->kv.fd < 0 ||
		    connect(c->kv.fd, (struct sockaddr *)&address,
			    sizeof(address)))
			tsmc_die("--server %s: %m", arg);
		break;
	case 'n':
		c->zipf.ranks = tsmc_parse_number("keys", arg, 1, 100000000);
		break;
	case 'v':
		c->kv.value = tsmc_parse_number("value", arg, 24,
						TSMC_KV_VALUE_MAX);
		break;
	case 'o':
		c->hot_percent = tsmc_parse_number("hot", arg, 1, 100);
		break;
	case 'k':
		c->skew = tsmc_parse_skew(arg);
		break;
	case 'y':
		c->zipf.stray = tsmc_parse_number("stray", arg, 0, UINT32_MAX);
		break;
	case 'r':
		c->rate = tsmc_parse_number("rate", arg, 0, UINT32_MAX);
		break;
	case 'm':
		c->samples = arg;
		break;
	case 'c':
		if (strcmp(arg, "fill") && strcmp(arg, "touch") &&
		    strcmp(arg, "look"))
			tsmc_die("--once %s: expected fill, touch or look",
				 arg);
		c->once = arg;
		break;
	case 'e':
		c->kv.seed = tsmc_parse_number("seed", arg, 0, UINT64_MAX);
		break;
	default:
		tsmc_die("try kvclient --help");
	}
}

static void parse(struct client *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "server", required_argument, NULL, 's' },
		{ "once", required_argument, NULL, 'c' },
		{ "keys", required_argument, NULL, 'n' },
		{ "value", required_argument, NULL, 'v' },
		{ "hot", required_argument, NULL, 'o' },
		{ "skew", required_argument, NULL, 'k' },
		{ "stray", required_argument, NULL, 'y' },
		{ "rate", required_argument, NULL, 'r' },
		{ "samples", required_argument, NULL, 'm' },
		{ "seed", required_argument, NULL, 'e' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&c->report, opt, optarg, help))
			continue;
		parse_one(c, opt, optarg);
	}
	if (optind < argc || c->kv.fd < 0)
		tsmc_die("%s, try kvclient --help", optind < argc ?
			 "unexpected argument" : "no --server");
	if (c->kv.value % sizeof(uint64_t))
		tsmc_die("--value: expected a multiple of 8");
}

static void setup(struct client *c)
{
	c->zipf.hot = c->zipf.ranks * c->hot_percent / 100;
	if (!c->zipf.hot)
		c->zipf.hot = 1;
	tsmc_zipf_init(&c->zipf, c->skew);
	c->key_of = tsmc_permutation(c->zipf.ranks, c->kv.seed);
	c->kv.versions = calloc(c->zipf.ranks, sizeof(*c->kv.versions));
	if (!c->kv.versions)
		tsmc_die("no memory for %zu keys", c->zipf.ranks);
	c->kv.report = &c->report;
	c->random = c->kv.seed;
	c->growing_ns = tsmc_now_ns();
}

int main(int argc, char **argv)
{
	static struct client c = {
		.report = TSMC_REPORT_INIT("kvclient"),
		.kv = { .fd = -1, .value = 1000, .seed = 1 },
		.zipf = { .ranks = 16384, .stray = 1000 },
		.hot_percent = 15,
		.skew = 0.8,
		.rate = 400,
	};

	parse(&c, argc, argv);
	tsmc_report_start(&c.report);
	setup(&c);
	tsmc_throughput_open(&c.throughput, &c.report, c.samples);
	if (c.once)
		once(&c, c.once);
	else
		load(&c);
	return tsmc_report_finish(&c.report);
}
