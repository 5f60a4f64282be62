// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile host. It is told what to do to which answers by the option answer=, or from inside the
 * guest by a CPUID leaf, so that a test can be one program.
 */
#include <stdio.h>
#include <string.h>

#include "guest-answer.h"

#define HOST_INVALID_LEN	(1ull << 32)
#define HOST_BUSY		(2ull << 32)
#define HOST_UNKNOWN		(0x7full << 32)
#define FIRMWARE_AEAD_OFLOW	0x1dull

#define SIGNATURE		0x41564553u	/* "SEVA" */
#define MANY_PAGES		(1ull << 40)

/* Of a message */
#define OFFSET_SEQNO		0x20u
#define OFFSET_TYPE		0x34u
#define OFFSET_LEN		0x36u
#define HEADER_LEN		0x60u

static uint8_t previous[GUEST_PAGE];
static uint64_t random_state = 0x9e3779b97f4a7c15ull;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static bool lose(uint8_t response[GUEST_PAGE])
{
	(void)response;
	return false;
}

/* As if writing had stopped within the message. */
static bool truncate_it(uint8_t response[GUEST_PAGE])
{
	unsigned int at = HEADER_LEN + (unsigned int)(random_number() % 32);

	memset(response + at, 0, GUEST_PAGE - at);
	return true;
}

static bool shorten(uint8_t response[GUEST_PAGE])
{
	uint16_t len = (uint16_t)(random_number() % 16);

	memcpy(response + OFFSET_LEN, &len, sizeof(len));
	return true;
}

static bool lengthen(uint8_t response[GUEST_PAGE])
{
	memset(response + OFFSET_LEN, 0xff, sizeof(uint16_t));
	return true;
}

static bool replay(uint8_t response[GUEST_PAGE])
{
	memcpy(response, previous, sizeof(previous));
	return true;
}

/* Anywhere in what the tag covers, or in the tag. */
static bool flip(uint8_t response[GUEST_PAGE])
{
	unsigned int covered = 0x30, payload, bit;
	uint16_t len;

	memcpy(&len, response + OFFSET_LEN, sizeof(len));
	payload = len < GUEST_PAGE - HEADER_LEN ? len : GUEST_PAGE - HEADER_LEN;
	bit = (unsigned int)(random_number() % (8 * (16 + covered + payload)));
	if (bit >= 8 * 16)
		bit += 8 * (covered - 16);
	response[bit / 8] ^= (uint8_t)(1u << bit % 8);
	return true;
}

static bool wrong_type(uint8_t response[GUEST_PAGE])
{
	response[OFFSET_TYPE] += 2;
	return true;
}

static bool wrong_number(uint8_t response[GUEST_PAGE])
{
	response[OFFSET_SEQNO] += 2;
	return true;
}

/* In the order of the numbers that the CPUID leaf takes. */
static const struct guest_answer answers[] = {
	{ "honest", false, 0, 0, NULL },
	{ "busy", true, HOST_BUSY, 0, lose },
	{ "invalid-len", true, HOST_INVALID_LEN, 1, lose },
	{ "many-pages", true, HOST_INVALID_LEN, MANY_PAGES, lose },
	{ "error", true, HOST_UNKNOWN, 0, lose },
	{ "kept", true, 0, 0, lose },
	{ "lost", false, 0, 0, lose },
	{ "lost-busy", false, HOST_BUSY, 0, lose },
	{ "lost-error", false, HOST_UNKNOWN, 0, lose },
	{ "truncated", false, 0, 0, truncate_it },
	{ "shortened", false, 0, 0, shorten },
	{ "lengthened", false, 0, 0, lengthen },
	{ "replayed", false, 0, 0, replay },
	{ "flipped", false, 0, 0, flip },
	{ "wrong-type", false, 0, 0, wrong_type },
	{ "wrong-number", false, 0, 0, wrong_number },
	{ "refused", true, FIRMWARE_AEAD_OFLOW, 0, lose },
};

#define NUM_ANSWERS	(sizeof(answers) / sizeof(answers[0]))

/* Drawn anew for each request, never the honest one; PROMPT leaves out those that say BUSY */
#define PROMPT		0xfeu
#define RANDOM		0xffu

static struct {
	unsigned int kind, wait, left;
	uint32_t requests, dishonest;
} plan;

/* For each kind: how often it was chosen, and how often the guest was told that all went well */
static struct {
	uint32_t chosen, claimed;
} tally[NUM_ANSWERS];

static bool kind_from(const char *name, size_t len, unsigned int *kind)
{
	if (len == 6 && (!strncmp(name, "random", len) || !strncmp(name, "prompt", len))) {
		*kind = *name == 'r' ? RANDOM : PROMPT;
		return true;
	}
	for (*kind = 0; *kind < NUM_ANSWERS; (*kind)++)
		if (strlen(answers[*kind].name) == len && !strncmp(answers[*kind].name, name, len))
			return true;
	return false;
}

/**
 * guest_answer_option() - the option answer=
 * @text: KIND[:COUNT[:AFTER]], one request and no honest answer before it if not said
 *
 * Return: false when it makes no sense.
 */
bool guest_answer_option(const char *text)
{
	unsigned int count = 1, after = 0, kind;
	int end = 0;

	if (!kind_from(text, strcspn(text, ":"), &kind))
		return false;
	text += strcspn(text, ":");
	if (*text && sscanf(text, ":%u%n", &count, &end) < 1)
		return false;
	text += end;
	end = 0;
	if (*text && sscanf(text, ":%u%n", &after, &end) < 1)
		return false;
	if (text[end])
		return false;
	plan.kind = kind;
	plan.left = count;
	plan.wait = after;
	return true;
}

/**
 * guest_answer_command() - the CPUID leaf
 * @subleaf: ECX: number of a kind in bits 7 to 0, for how many requests in bits 31 to 8; 0 only
 *	asks, 0xff means any kind, and 0xfe any but those that say BUSY
 * @out: filled in: requests so far, a signature, how many were not answered honestly, how many
 *	still will be
 *
 * Return: false if there is no such kind.
 */
bool guest_answer_command(uint32_t subleaf, uint32_t out[4])
{
	unsigned int kind = subleaf & 0xff;

	if (kind >= NUM_ANSWERS && kind != RANDOM && kind != PROMPT)
		return false;
	if (subleaf) {
		plan.kind = kind;
		plan.left = subleaf >> 8;
		plan.wait = 0;
	}
	out[0] = plan.requests;
	out[1] = SIGNATURE;
	out[2] = plan.dishonest;
	out[3] = plan.left;
	return true;
}

/**
 * guest_answer_tally() - the CPUID leaf that counts kinds
 * @kind: ECX: number of a kind, 0 for honest answers
 * @out: filled in: how often it was chosen, a signature, how often the guest was told that all
 *	went well, the number of kinds
 *
 * Return: false if there is no such kind.
 */
bool guest_answer_tally(uint32_t kind, uint32_t out[4])
{
	if (kind >= NUM_ANSWERS)
		return false;
	out[0] = tally[kind].chosen;
	out[1] = SIGNATURE;
	out[2] = tally[kind].claimed;
	out[3] = NUM_ANSWERS;
	return true;
}

/** guest_answer_reset() - a kernel starts; what it is to meet stays */
void guest_answer_reset(void)
{
	plan.requests = 0;
	plan.dishonest = 0;
	memset(tally, 0, sizeof(tally));
	memset(previous, 0, sizeof(previous));
}

static const struct guest_answer *choose(unsigned int kind)
{
	tally[kind].chosen++;
	return &answers[kind];
}

static unsigned int draw(bool prompt)
{
	unsigned int kind;

	do
		kind = 1 + (unsigned int)(random_number() % (NUM_ANSWERS - 1));
	while (prompt && answers[kind].result == HOST_BUSY);
	return kind;
}

/**
 * guest_answer_next() - a request has come
 *
 * Return: what to do with it.
 */
const struct guest_answer *guest_answer_next(void)
{
	unsigned int kind = plan.kind;

	plan.requests++;
	if (plan.wait) {
		plan.wait--;
		return choose(0);
	}
	if (!plan.left || !kind)
		return choose(0);
	plan.left--;
	plan.dishonest++;
	return choose(kind == RANDOM || kind == PROMPT ? draw(kind == PROMPT) : kind);
}

/**
 * guest_answer_alter() - the answer of the firmware is there, or the host keeps the request
 * @answer: what to do with it
 * @response: the answer, or what is on its page
 *
 * Return: whether the guest gets it.
 */
bool guest_answer_alter(const struct guest_answer *answer, uint8_t response[GUEST_PAGE])
{
	uint8_t honest[GUEST_PAGE];
	bool given = true;

	if (!answer->result)
		tally[answer - answers].claimed++;
	memcpy(honest, response, sizeof(honest));
	if (answer->alter)
		given = answer->alter(response);
	if (!answer->before)
		memcpy(previous, honest, sizeof(previous));
	return given;
}

/**
 * guest_answer_any() - has the host done anything that can bring a guest out of step
 *
 * Return: true if a request was not answered honestly.
 */
bool guest_answer_any(void)
{
	return plan.dishonest;
}
