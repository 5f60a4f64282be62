// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows at any time whether SNP can start: all checks, and the registers that they look
 * at, because /dev/cpu/N/msr is closed where Secure Boot locks the kernel down.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "../rmp/msr.h"
#include "preflight.h"
#include "sev.h"

static void preflight_sentence(const struct preflight_facts *facts, char *text, size_t size)
{
	const struct preflight_check *check;
	char particulars[PREFLIGHT_TEXT];
	unsigned int failed;

	check = preflight_judge(facts, particulars, &failed);
	if (!check || (facts->up && preflight_is_advice(facts, check)))
		strscpy(text, facts->up ? "SNP is up" : "SNP can start", size);
	else
		snprintf(text, size, "%s: %s%s; %s", preflight_is_advice(facts, check) ?
			 "the firmware may refuse SNP" : "SNP can't start", particulars,
			 check->problem, check->remedy);
}

/**
 * sev_preflight_verdict() - can SNP start on this machine as it is now?
 * @up: it has
 * @text: out: a sentence that says so or why not
 * @size: bytes in @text
 *
 * Context: may sleep; interrupts all CPUs.
 * Return: 0 or -ENOMEM
 */
int sev_preflight_verdict(bool up, char *text, size_t size)
{
	struct preflight_facts *facts __free(preflight_free) = preflight_gather(preflight_read_cpu);

	if (!facts)
		return -ENOMEM;
	facts->up = up;
	preflight_sentence(facts, text, size);
	return 0;
}

static void show_register(struct seq_file *m, const struct preflight_facts *facts,
			  enum preflight_reg reg)
{
	unsigned int i;

	for (i = 0; i < facts->online; i++) {
		const struct preflight_cpu *cpu = &facts->cpu[i];

		/* Only where it differs from the CPU before. */
		if (i && cpu->value[reg] == cpu[-1].value[reg] &&
		    preflight_known(cpu, reg) == preflight_known(&cpu[-1], reg))
			continue;
		if (!i || preflight_known(cpu, reg))
			seq_printf(m, "%08x %-17s CPU %-4u ", preflight_msrs[reg].msr,
				   preflight_msrs[reg].name, cpu->cpu);
		if (preflight_known(cpu, reg))
			seq_printf(m, "%#018llx\n", cpu->value[reg]);
		else if (!i)
			seq_puts(m, "not there\n");
	}
}

static void show_table(struct seq_file *m, const struct preflight_facts *facts)
{
	const struct rmp_table *table = &facts->table;
	struct rmp_range range;
	unsigned int i;

	for (i = 0; rmp_table_memory(table, i, &range); i++)
		if (range.start != range.end)
			seq_printf(m, "RMP%s %#llx-%#llx\n", i ? " segment" : "", range.start,
				   range.end - 1);
	seq_printf(m, "RMP covers %llu MiB, memory ends at %#llx\n",
		   rmp_table_covered(table) / SZ_1M, facts->around.ram_end);
	for (i = 0; i < facts->iommus.count; i++)
		seq_printf(m, "IOMMU %#llx EFR %#llx%s\n", facts->iommus.iommu[i].base,
			   facts->iommus.iommu[i].efr,
			   facts->iommus.iommu[i].efr_known ? "" : " (not told)");
}

static void preflight_print(struct seq_file *m, const struct preflight_facts *facts)
{
	const struct preflight_check *check;
	char sentence[SNP_REASON_LEN];
	char text[PREFLIGHT_TEXT];
	enum preflight_reg reg;
	size_t i;

	preflight_sentence(facts, sentence, sizeof(sentence));
	seq_printf(m, "%s\n\n", sentence);
	if (!facts->cpu_has_snp)
		return;

	for (i = 0; i < preflight_check_count; i++) {
		check = &preflight_checks[i];
		text[0] = 0;
		if (check->fails(facts, check, text, sizeof(text)))
			seq_printf(m, "%s %s: %s%s; %s\n",
				   preflight_is_advice(facts, check) ? "note" : "FAIL",
				   check->name, text, check->problem, check->remedy);
		else
			seq_printf(m, "ok   %s\n", check->name);
	}

	seq_putc(m, '\n');
	for (reg = 0; reg < REG_COUNT; reg++)
		show_register(m, facts, reg);
	if (!facts->fault) {
		seq_putc(m, '\n');
		show_table(m, facts);
	}
}

static int preflight_show(struct seq_file *m, void *unused)
{
	struct preflight_facts *facts __free(preflight_free) = NULL;
	struct sev_device *sev __free(sev_put) = sev_get_master();

	facts = preflight_gather(preflight_read_cpu);
	if (!facts)
		return -ENOMEM;
	facts->up = sev && READ_ONCE(sev->snp.up);
	preflight_print(m, facts);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(preflight);

/**
 * sev_preflight_publish() - make the file with all checks
 * @dir: where in debugfs
 */
void sev_preflight_publish(struct dentry *dir)
{
	debugfs_create_file("snp_preflight", 0400, dir, NULL, &preflight_fops);
}
