// Package rules holds the checks, one to a file. A rule is two files: the
// literal here and its fixture, testdata/rules/ID.txtar.
package rules

import "github.com/infscale/kubectl-infscale/checks"

// All lists every check, in the catalogue's order; a test compares it with the files.
func All() []*checks.Check {
	return []*checks.Check{
		// Signal and metric path
		kedaMeanWithAveragevalue,
		ratioTargetCannotGrow,
		sumWithValueTarget,
		kedaQueryManySeries,
		kedaLostMetricReadsZero,
		kedaFallbackUnreachable,
		kedaDeadFields,
		kedaTriggerRefused,
		metricRetiredInVersion,
		metricNameSpelling,
		metricOfAnotherEngine,
		engineMetricsOff,
		thresholdUnitMismatch,
		targetAboveCeiling,
		negativeAsksForMax,
		scalesOnCPUOrMemory,
		scalesOnGPUHardwareMetric,
		queueOnlySignal,
		monitorSelectsNothing,
		monitorNotSelected,
		doubleCountedSeries,
		metricsAPIMissingOrStolen,
		hpaMetricFailing,
		oneMetricDownBlocksScaleIn,
		queryReachesOtherWorkloads,
		latencyQueryPitfalls,
		slowSignalPath,
		dcgmLabelShadowed,
		perEngineSeries,
		// Scaling policy
		noAutoscalerOnGPUWorkload,
		minEqualsMax,
		minReplicasOne,
		pinnedAtMax,
		maxReplicasUnsetOrHuge,
		scaleUpOutrunsLoadTime,
		scaleDownUnthrottled,
		scaleDownWindowTooShort,
		autoscalerPaused,
		twoAutoscalersOneTarget,
		vpaOnGPUPods,
		orderedStatefulsetGrowth,
		selectorOverlap,
		scaleTargetBroken,
		replicasOwnedByGit,
		generatedHPAEdited,
		valueMetricStallsWhenUnready,
		// Start-up and probes
		startupWindowTooShort,
		livenessWithoutStartup,
		livenessKillsUnderLoad,
		probeWrongPortOrPath,
		noReadinessProbe,
		fixedProbeDelay,
		progressDeadlineTooShort,
		coldStartBudget,
		// Model and cache
		weightsNotCached,
		rwoCacheManyReplicas,
		cacheEnvOutsideMount,
		scratchCacheUnbounded,
		downloadStampede,
		compileCacheLost,
		shmTooSmall,
		mutableImageOnScaleOut,
		cacheVolumePinsZone,
		// Shutdown
		engineDoesNotDrain,
		graceBudgetInverted,
		noPrestopDelay,
		sigtermSwallowed,
		graceVsNodeInterruption,
		// Disruption
		pdbMissing,
		pdbBlocksEveryDrain,
		pdbSelectsNothingOrOverlaps,
		pdbUnhealthyPolicy,
		pdbAsScaleDownGuard,
		nodeAutoscalerMayEvict,
		cacheBlocksNodeScaleDown,
		allReplicasOneNode,
		// Capacity
		maxExceedsGPUCapacity,
		quotaCapsScaleUp,
		pendingGPUPods,
		unschedulableByConstruction,
		parallelismVsGPUCount,
		// Rollout
		rolloutNeedsSpareGPU,
		// Scale to zero and schedules
		zeroWithSelfMetric,
		zeroActivationTooHigh,
		hpaMinZeroUnsupported,
		idleReplicasNotZero,
		scheduleFightsAutoscaler,
		scheduleBroken,
		scheduleTooLate,
		// Groups and frameworks
		groupScalingCountsPods,
	}
}

// ByID finds a check, nil when there is none of that name.
func ByID(id string) *checks.Check {
	for _, check := range All() {
		if check.ID == id {
			return check
		}
	}
	return nil
}
