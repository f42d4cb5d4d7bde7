/*
 * A double of libdcgm.so.4 for tests without a GPU: as much of it as
 * infscale-dcgm calls. It keeps DCGM's manners: a field has no value before it
 * is watched, a profiling field none before the second update, and what is not
 * there is a blank of the field's type.
 *
 * DCGM_DOUBLE in the environment says what goes wrong:
 *   down    no host engine answers
 *   none    the host has no GPU
 *   fallen  GPU 1 fell off the bus
 *   lost    the connection breaks when GPU 1 is asked for
 *   hang    nothing comes back when GPU 1 is asked for; the process' id is
 *           written to the file that DCGM_DOUBLE_PID names
 * DCGM_DOUBLE_GPUS is how many of the four GPUs there are.
 *
 * It is built by a test against the headers of github.com/NVIDIA/go-dcgm, in a
 * folder of its own because C files beside Go files would ask for cgo:
 *   cc -shared -fPIC -I HEADERS -o libdcgm.so.4 dcgm_double.c
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "dcgm_agent.h"
#include "dcgm_structs.h"

enum { MAX_GPUS = 4, MAX_GROUPS = 16, MAX_FIELDS = 8, FIRST_HANDLE = 7 };

struct gpu {
	const char *uuid;
	int64_t mig, util, used;
	double busy;  /* below zero: profiling is refused */
};

static const struct gpu gpus[MAX_GPUS] = {
	{"GPU-0a", 0, 97, 71234, 0.96},
	{"GPU-1b", 1, 0, 20480, 0.5},  /* with MIG on the plain utilisation lies */
	{"GPU-2c", 0, 0, DCGM_INT64_NOT_PERMISSIONED, 0},
	{"GPU-3d", DCGM_INT64_NOT_SUPPORTED, DCGM_INT64_NOT_SUPPORTED, 512, -1},
};

struct group {
	char name[64];
	int count;
	unsigned int members[MAX_FIELDS > MAX_GPUS ? MAX_FIELDS : MAX_GPUS];
};

static struct group gpu_groups[MAX_GROUPS], field_groups[MAX_GROUPS];
static int gpu_group_count, field_group_count;
static int watched_plain[MAX_GPUS], watched_busy[MAX_GPUS], asked_busy[MAX_GPUS];

static int mode(const char *word)
{
	const char *set = getenv("DCGM_DOUBLE");
	return set != NULL && strcmp(set, word) == 0;
}

static int gpu_count(void)
{
	const char *set = getenv("DCGM_DOUBLE_GPUS");
	if (mode("none"))
		return 0;
	return set != NULL ? atoi(set) : MAX_GPUS;
}

/* hang never returns. The file appears whole. */
static void hang(void)
{
	const char *path = getenv("DCGM_DOUBLE_PID");
	char draft[4096];
	FILE *f;
	if (path != NULL) {
		snprintf(draft, sizeof draft, "%s.draft", path);
		f = fopen(draft, "w");
		if (f != NULL) {
			fprintf(f, "%d", (int)getpid());
			fclose(f);
			rename(draft, path);
		}
	}
	for (;;)
		pause();
}

const char *errorString(dcgmReturn_t result)
{
	switch (result) {
	case DCGM_ST_OK: return "Success";
	case DCGM_ST_BADPARAM: return "Bad parameter passed to function";
	case DCGM_ST_DUPLICATE_KEY: return "Duplicate key passed to function";
	case DCGM_ST_GPU_IS_LOST: return "GPU is no longer reachable";
	case DCGM_ST_CONNECTION_NOT_VALID: return "Host engine connection invalid/disconnected";
	case DCGM_ST_MODULE_NOT_LOADED: return "This request is serviced by a module of DCGM that is not currently loaded";
	default: return "Generic unspecified error";
	}
}

dcgmReturn_t dcgmInit(void) { return DCGM_ST_OK; }
dcgmReturn_t dcgmShutdown(void) { return DCGM_ST_OK; }

dcgmReturn_t dcgmConnect_v2(const char *address, dcgmConnectV2Params_t *params, dcgmHandle_t *handle)
{
	if (params->version != dcgmConnectV2Params_version || params->addressIsUnixSocket || strchr(address, ':') == NULL)
		return DCGM_ST_BADPARAM;
	if (mode("down"))
		return DCGM_ST_CONNECTION_NOT_VALID;
	*handle = FIRST_HANDLE;
	return DCGM_ST_OK;
}

dcgmReturn_t dcgmDisconnect(dcgmHandle_t handle) { return handle == FIRST_HANDLE ? DCGM_ST_OK : DCGM_ST_BADPARAM; }

dcgmReturn_t dcgmGetAllSupportedDevices(dcgmHandle_t handle, unsigned int ids[DCGM_MAX_NUM_DEVICES], int *count)
{
	int i;
	(void)handle;
	*count = gpu_count();
	for (i = 0; i < *count; i++)
		ids[i] = i;
	return DCGM_ST_OK;
}

/* add_group refuses a name twice, as the host engine does for field groups. */
static dcgmReturn_t add_group(struct group *all, int *count, const char *name, uintptr_t *id)
{
	int i;
	for (i = 0; i < *count; i++)
		if (strcmp(all[i].name, name) == 0)
			return DCGM_ST_DUPLICATE_KEY;
	if (*count == MAX_GROUPS)
		return DCGM_ST_BADPARAM;
	snprintf(all[*count].name, sizeof all[*count].name, "%s", name);
	*id = FIRST_HANDLE + (*count)++;
	return DCGM_ST_OK;
}

dcgmReturn_t dcgmGroupCreate(dcgmHandle_t handle, dcgmGroupType_t type, const char *name, dcgmGpuGrp_t *id)
{
	(void)handle;
	return type == DCGM_GROUP_EMPTY ? add_group(gpu_groups, &gpu_group_count, name, id) : DCGM_ST_BADPARAM;
}

dcgmReturn_t dcgmGroupAddDevice(dcgmHandle_t handle, dcgmGpuGrp_t id, unsigned int gpu)
{
	struct group *g = &gpu_groups[id - FIRST_HANDLE];
	(void)handle;
	if ((int)gpu >= gpu_count() || g->count == MAX_GPUS)
		return DCGM_ST_BADPARAM;
	g->members[g->count++] = gpu;
	return DCGM_ST_OK;
}

dcgmReturn_t dcgmFieldGroupCreate(dcgmHandle_t handle, int count, const unsigned short *fields, const char *name, dcgmFieldGrp_t *id)
{
	struct group *g = &field_groups[field_group_count];
	dcgmReturn_t result;
	int i;
	(void)handle;
	if (count > MAX_FIELDS)
		return DCGM_ST_BADPARAM;
	result = add_group(field_groups, &field_group_count, name, id);
	if (result != DCGM_ST_OK)
		return result;
	for (i = 0; i < count; i++)
		g->members[g->count++] = fields[i];
	return DCGM_ST_OK;
}

dcgmReturn_t dcgmWatchFields(dcgmHandle_t handle, dcgmGpuGrp_t group, dcgmFieldGrp_t fields, long long every, double age, int samples)
{
	const struct group *g = &gpu_groups[group - FIRST_HANDLE];
	const struct group *f = &field_groups[fields - FIRST_HANDLE];
	int i;
	(void)handle, (void)age;
	if (every < 100000 || samples < 1 || g->count == 0)
		return DCGM_ST_BADPARAM;
	for (i = 0; i < g->count; i++) {
		unsigned int id = g->members[i];
		if (f->members[0] != DCGM_FI_PROF_GR_ENGINE_ACTIVE) {
			watched_plain[id] = 1;
			continue;
		}
		if (gpus[id].busy < 0)
			return DCGM_ST_MODULE_NOT_LOADED;
		watched_busy[id] = 1;
	}
	return DCGM_ST_OK;
}

dcgmReturn_t dcgmUpdateAllFields(dcgmHandle_t handle, int wait)
{
	(void)handle;
	return wait ? DCGM_ST_OK : DCGM_ST_BADPARAM;
}

static void fill(dcgmFieldValue_v1 *v, unsigned int id)
{
	const struct gpu *g = &gpus[id];
	struct timeval now;
	int watched = v->fieldId == DCGM_FI_PROF_GR_ENGINE_ACTIVE ? watched_busy[id] : watched_plain[id];
	gettimeofday(&now, NULL);
	v->ts = (int64_t)now.tv_sec * 1000000 + now.tv_usec;
	v->fieldType = DCGM_FT_INT64;
	v->value.i64 = DCGM_INT64_BLANK;
	if (!watched) {
		v->status = DCGM_ST_NOT_WATCHED;
		return;
	}
	switch (v->fieldId) {
	case DCGM_FI_DEV_UUID:
		v->fieldType = DCGM_FT_STRING;
		snprintf(v->value.str, sizeof v->value.str, "%s", g->uuid);
		break;
	case DCGM_FI_DEV_MIG_MODE: v->value.i64 = g->mig; break;
	case DCGM_FI_DEV_GPU_UTIL: v->value.i64 = g->util; break;
	case DCGM_FI_DEV_FB_USED: v->value.i64 = g->used; break;
	case DCGM_FI_PROF_GR_ENGINE_ACTIVE:
		v->fieldType = DCGM_FT_DOUBLE;
		v->value.dbl = asked_busy[id]++ == 0 ? DCGM_FP64_BLANK : g->busy;
		break;
	default: v->status = DCGM_ST_UNKNOWN_FIELD;
	}
}

dcgmReturn_t dcgmEntityGetLatestValues(dcgmHandle_t handle, dcgm_field_entity_group_t kind, int id, unsigned short fields[],
				       unsigned int count, dcgmFieldValue_v1 values[])
{
	unsigned int i;
	(void)handle;
	if (kind != DCGM_FE_GPU || id >= gpu_count())
		return DCGM_ST_BADPARAM;
	if (id == 1 && mode("hang"))
		hang();
	if (id == 1 && mode("lost"))
		return DCGM_ST_CONNECTION_NOT_VALID;
	if (id == 1 && mode("fallen"))
		return DCGM_ST_GPU_IS_LOST;
	for (i = 0; i < count; i++) {
		memset(&values[i], 0, sizeof values[i]);
		values[i].version = dcgmFieldValue_version1;
		values[i].fieldId = fields[i];
		fill(&values[i], id);
	}
	return DCGM_ST_OK;
}
