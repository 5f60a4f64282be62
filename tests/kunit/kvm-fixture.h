/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The API that kvm_amd imports, on a machine of snp-fixture.h.
 */
#ifndef KUNIT_KVM_FIXTURE_H
#define KUNIT_KVM_FIXTURE_H

#include "snp-fixture.h"

/* kvm_amd takes these from ccp.ko. */
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)	static_assert(sizeof(typeof(symbol) *))
#undef EXPORT_SYMBOL_FOR_MODULES
#define EXPORT_SYMBOL_FOR_MODULES(symbol, modules) \
	static_assert(sizeof(typeof(symbol) *) && sizeof(modules))

#include "sev/kvm.c"

/* What older kernels have no words for is left out. */
static int platform_init(bool probe, unsigned int max_asid, int *error)
{
	compat_sev_init_args args;
	int ret;

	memset(&args, 0, sizeof(args));
#ifdef HAVE_SEV_PLATFORM_INIT_ARGS
	args.probe = probe;
#endif
#ifdef HAVE_SEV_PLATFORM_INIT_MAX_ASID
	args.max_snp_asid = max_asid;
#endif
	ret = sev_platform_init(&args);
	*error = *compat_sev_init_error(&args);
	return ret;
}

static inline struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	int error;

	KUNIT_ASSERT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_ASSERT_TRUE(test, snp->fixture->sev.snp.up);
	fake_snp_begin(snp);
	return snp;
}

#endif /* KUNIT_KVM_FIXTURE_H */
