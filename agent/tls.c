// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3"

/* Time for both hosts' part in the handshake. */
#define HANDSHAKE_TIMEOUT_MS 10000
/* How long a peer that is refused may take to hear why. */
#define HEAR_MS 2000

/* AES-GCM is good for some 380 GiB under one key; a large guest has more. */
#define KEY_BYTES (64ULL << 30)

/**
 * struct tsmc_tls - one end of a connection
 * @log: where troubles are told
 * @role: which end
 * @dir: where the files are
 * @peer: the other host, in messages
 * @credentials: what the files held
 * @session: GnuTLS's state
 * @sent: under the key that is in use, bytes
 * @unsent: what was offered last has been taken in part only
 */
struct tsmc_tls {
	const struct tsmc_log *log;
	enum tsmc_tls_role role;
	const char *dir;
	const char *peer;
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	uint64_t sent;
	bool unsent;
};

static int load(struct tsmc_tls *tls, const char *file, gnutls_datum_t *content)
{
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", tls->dir, file);
	errno = 0;
	rc = gnutls_load_file(path, content);
	if (!rc)
		return 0;
	tsmc_log(tls->log, TSMC_LOG_ERROR, "cannot read %s: %s", path, errno ? strerror(errno) : gnutls_strerror(rc));
	return -ENOENT;
}

static int load_ca(struct tsmc_tls *tls)
{
	gnutls_datum_t ca;
	int rc = load(tls, "ca.pem", &ca);

	if (rc)
		return rc;
	rc = gnutls_certificate_set_x509_trust_mem(tls->credentials, &ca, GNUTLS_X509_FMT_PEM);
	gnutls_free(ca.data);
	if (rc > 0)
		return 0;
	tsmc_log(tls->log, TSMC_LOG_ERROR, "%s/ca.pem holds no certificate: %s", tls->dir,
		 rc ? gnutls_strerror(rc) : "it is empty");
	return -EINVAL;
}

static int load_own(struct tsmc_tls *tls)
{
	gnutls_datum_t cert = { 0 }, key = { 0 };
	int rc;

	rc = load(tls, "cert.pem", &cert);
	if (!rc)
		rc = load(tls, "key.pem", &key);
	if (rc)
		goto out;
	rc = gnutls_certificate_set_x509_key_mem(tls->credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
	if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s/key.pem is not the key of %s/cert.pem", tls->dir, tls->dir);
	else if (rc < 0)
		tsmc_log(tls->log, TSMC_LOG_ERROR, "cannot use %s/cert.pem with %s/key.pem: %s", tls->dir, tls->dir,
			 gnutls_strerror(rc));
	rc = rc < 0 ? -EINVAL : 0;
out:
	if (key.data)
		gnutls_memset(key.data, 0, key.size);
	gnutls_free(key.data);
	gnutls_free(cert.data);
	return rc;
}

static int set_up_session(struct tsmc_tls *tls)
{
	unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
			     (tls->role == TSMC_TLS_SOURCE ? GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT :
							     GNUTLS_SERVER | GNUTLS_NO_TICKETS);
	int rc;

	rc = gnutls_init(&tls->session, flags);
	if (!rc)
		rc = gnutls_priority_set_direct(tls->session, PRIORITY, NULL);
	if (!rc)
		rc = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
	if (rc) {
		tsmc_log(tls->log, TSMC_LOG_ERROR, "cannot set up TLS 1.3: %s", gnutls_strerror(rc));
		return -EPROTONOSUPPORT;
	}
	if (tls->role == TSMC_TLS_TARGET)
		gnutls_certificate_server_set_request(tls->session, GNUTLS_CERT_REQUIRE);
	return 0;
}

/**
 * tsmc_tls_new - get ready for one connection
 * @tls: result; NULL after an error
 * @role: which end this is
 * @dir: directory of ca.pem, cert.pem and key.pem; kept
 * @log: where troubles are told; kept
 *
 * No file is needed any more afterwards.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_tls_new(struct tsmc_tls **tls, enum tsmc_tls_role role, const char *dir, const struct tsmc_log *log)
{
	struct tsmc_tls *new = calloc(1, sizeof(*new));
	int rc = new ? 0 : -ENOMEM;

	*tls = NULL;
	if (rc)
		return rc;
	*new = (struct tsmc_tls){ .log = log, .role = role, .dir = dir, .peer = "the other host" };
	if (gnutls_certificate_allocate_credentials(&new->credentials))
		rc = -ENOMEM;
	if (!rc)
		rc = load_ca(new);
	if (!rc)
		rc = load_own(new);
	if (!rc)
		rc = set_up_session(new);
	if (rc) {
		tsmc_tls_free(new);
		return rc;
	}
	*tls = new;
	return 0;
}

/**
 * tsmc_tls_free - forget keys and connection
 * @tls: any; NULL is allowed
 */
void tsmc_tls_free(struct tsmc_tls *tls)
{
	if (!tls)
		return;
	if (tls->session)
		gnutls_deinit(tls->session);
	if (tls->credentials)
		gnutls_certificate_free_credentials(tls->credentials);
	free(tls);
}

/* What is wrong with a certificate, the most telling first, and how its owner is told. */
static const struct {
	unsigned int status;
	gnutls_alert_description_t alert;
	const char *text;
} flaws[] = {
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, GNUTLS_A_UNKNOWN_CA, "is not signed by our CA" },
	{ GNUTLS_CERT_EXPIRED, GNUTLS_A_CERTIFICATE_EXPIRED, "has expired" },
	{ GNUTLS_CERT_NOT_ACTIVATED, GNUTLS_A_CERTIFICATE_EXPIRED, "is not valid yet; are the clocks right?" },
	{ GNUTLS_CERT_REVOKED, GNUTLS_A_CERTIFICATE_REVOKED, "was revoked" },
	{ GNUTLS_CERT_PURPOSE_MISMATCH, GNUTLS_A_UNSUPPORTED_CERTIFICATE, "may not be used for this side of TLS" },
	{ GNUTLS_CERT_UNEXPECTED_OWNER, GNUTLS_A_BAD_CERTIFICATE, "is for another name" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, GNUTLS_A_BAD_CERTIFICATE, "uses a weak algorithm" },
	{ ~0u, GNUTLS_A_BAD_CERTIFICATE, "is not valid" },
};

static void tell_flaw(struct tsmc_tls *tls)
{
	unsigned int status = gnutls_session_get_verify_cert_status(tls->session), i = 0;

	while (!(flaws[i].status & status) && flaws[i].status != ~0u)
		i++;
	tsmc_log(tls->log, TSMC_LOG_ERROR, "the certificate of %s %s (checked with %s/ca.pem)", tls->peer,
		 flaws[i].text, tls->dir);
	gnutls_alert_send(tls->session, GNUTLS_AL_FATAL, flaws[i].alert);
}

/* Says what went wrong; returns it as errno. */
static int failed(struct tsmc_tls *tls, int rc)
{
	switch (rc) {
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
		tell_flaw(tls);
		return -EACCES;
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
	case GNUTLS_E_CERTIFICATE_REQUIRED:
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s has shown no certificate", tls->peer);
		gnutls_alert_send_appropriate(tls->session, rc);
		return -EACCES;
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		/* With TLS 1.3 the source hears of its certificate after its own handshake. */
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s refused the connection or %s/cert.pem: %s", tls->peer, tls->dir,
			 gnutls_alert_get_name(gnutls_alert_get(tls->session)));
		return -EACCES;
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s broke the connection off%s", tls->peer,
			 errno == ETIMEDOUT ? ": nothing was heard from it for 10 s" : "");
		return -ECONNRESET;
	case GNUTLS_E_TIMEDOUT:
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s did not finish the TLS handshake in %d s", tls->peer,
			 HANDSHAKE_TIMEOUT_MS / 1000);
		return -ETIMEDOUT;
	default:
		tsmc_log(tls->log, TSMC_LOG_ERROR, "TLS with %s failed: %s", tls->peer, gnutls_strerror(rc));
		gnutls_alert_send_appropriate(tls->session, rc);
		return -EPROTO;
	}
}

/* Waits until the socket lets the handshake go on. */
static int await(struct tsmc_tls *tls, int fd, uint64_t deadline)
{
	struct pollfd poller = { .fd = fd,
				 .events = gnutls_record_get_direction(tls->session) ? POLLOUT : POLLIN };
	uint64_t now = tsmc_now_ns();

	if (now >= deadline)
		return GNUTLS_E_TIMEDOUT;
	poll(&poller, 1, (deadline - now) / 1000000 + 1);
	return 0;
}

/* What is said of a first record that is not one of TLS 1.3. */
static bool speaks_no_tls(int rc)
{
	return rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH || rc == GNUTLS_E_UNEXPECTED_PACKET ||
	       rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET || rc == GNUTLS_E_RECORD_OVERFLOW ||
	       rc == GNUTLS_E_NO_CIPHER_SUITES;
}

static int handshake_failed(struct tsmc_tls *tls, int rc)
{
	if (speaks_no_tls(rc)) {
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s does not speak TLS 1.3", tls->peer);
		return -EPROTO;
	}
	if (rc == GNUTLS_E_PREMATURE_TERMINATION || rc == GNUTLS_E_PULL_ERROR || rc == GNUTLS_E_PUSH_ERROR) {
		tsmc_log(tls->log, TSMC_LOG_ERROR, "%s broke the TLS handshake off; does it speak TLS there?", tls->peer);
		return -ECONNRESET;
	}
	return failed(tls, rc);
}

/*
 * Closing a connection on which something has come that was not read takes back what was sent
 * last, which is why the peer was refused. So it is read for a while, until the peer ends.
 */
static void let_peer_hear(int fd)
{
	uint64_t now, deadline = tsmc_now_ns() + HEAR_MS * 1000000ULL;
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char unwanted[4096];

	if (shutdown(fd, SHUT_WR))
		return;
	while ((now = tsmc_now_ns()) < deadline && poll(&poller, 1, (deadline - now) / 1000000 + 1) > 0) {
		if (read(fd, unwanted, sizeof(unwanted)) <= 0)
			return;
	}
}

/**
 * tsmc_tls_handshake - agree on keys, each with the certificate of the other
 * @tls: new
 * @fd: connected, non-blocking; not closed here
 * @peer: name of the other host; kept
 *
 * Return: 0 or negative errno; logged, and the peer is told.
 */
int tsmc_tls_handshake(struct tsmc_tls *tls, int fd, const char *peer)
{
	const bool source = tls->role == TSMC_TLS_SOURCE;
	gnutls_typed_vdata_st wanted[] = {
		{ .type = GNUTLS_DT_KEY_PURPOSE_OID,
		  .data = (void *)(source ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT) },
		{ .type = GNUTLS_DT_DNS_HOSTNAME, .data = (void *)peer },
	};
	uint64_t deadline = tsmc_now_ns() + HANDSHAKE_TIMEOUT_MS * 1000000ULL;
	int rc;

	tls->peer = peer;
	gnutls_session_set_verify_cert2(tls->session, wanted, source ? 2 : 1, 0);
	gnutls_transport_set_int(tls->session, fd);
	do {
		rc = gnutls_handshake(tls->session);
		if (rc == GNUTLS_E_AGAIN)
			rc = await(tls, fd, deadline) ?: GNUTLS_E_AGAIN;
	} while (rc < 0 && !gnutls_error_is_fatal(rc) && rc != GNUTLS_E_TIMEDOUT);
	if (!rc)
		return 0;
	rc = handshake_failed(tls, rc);
	if (rc == -EACCES || rc == -EPROTO)
		let_peer_hear(fd);
	return rc;
}

/**
 * tsmc_tls_send - send what the socket takes
 * @tls: after the handshake
 * @data: bytes
 * @len: not 0
 *
 * Return: bytes taken, -EAGAIN, or another negative errno; logged.
 */
ssize_t tsmc_tls_send(struct tsmc_tls *tls, const void *data, size_t len)
{
	ssize_t rc = 0;

	if (tls->sent >= KEY_BYTES && !tls->unsent) {
		rc = gnutls_session_key_update(tls->session, 0);
		if (!rc)
			tls->sent = 0;
	}
	if (!rc) {
		rc = gnutls_record_send(tls->session, data, len);
		tls->unsent = rc < 0;
	}
	if (rc < 0)
		return gnutls_error_is_fatal(rc) ? failed(tls, rc) : -EAGAIN;
	tls->sent += rc;
	return rc;
}

/**
 * tsmc_tls_receive - take what has come
 * @tls: after the handshake
 * @room: for it
 * @len: of @room; a record is 16 KiB at most
 *
 * Return: bytes, 0 at the end of the stream, -EAGAIN, or another negative errno; logged.
 */
ssize_t tsmc_tls_receive(struct tsmc_tls *tls, void *room, size_t len)
{
	ssize_t rc = gnutls_record_recv(tls->session, room, len);

	if (rc >= 0)
		return rc;
	return gnutls_error_is_fatal(rc) ? failed(tls, rc) : -EAGAIN;
}

/**
 * tsmc_tls_pending - has something come that is not received yet?
 * @tls: after the handshake
 *
 * Return: true if there is, whatever poll() says of the socket.
 */
bool tsmc_tls_pending(const struct tsmc_tls *tls)
{
	return gnutls_record_check_pending(tls->session);
}

/**
 * tsmc_tls_end - say that nothing more is sent
 * @tls: after the handshake
 *
 * Return: 0, -EAGAIN, or another negative errno.
 */
int tsmc_tls_end(struct tsmc_tls *tls)
{
	int rc = gnutls_bye(tls->session, GNUTLS_SHUT_WR);

	if (!rc)
		return 0;
	return gnutls_error_is_fatal(rc) ? -ECONNRESET : -EAGAIN;
}
