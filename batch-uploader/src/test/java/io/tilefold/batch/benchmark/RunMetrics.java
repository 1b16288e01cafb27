package io.tilefold.batch.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/** What the tasks of this JVM's Spark sessions did since {@link #reset}; made by Spark itself ({@code spark.extraListeners}). Thread safe. */
public final class RunMetrics extends SparkListener {
    private static final AtomicLong SHUFFLED = new AtomicLong();
    private static final AtomicLong SPILLED = new AtomicLong();
    private static final AtomicLong GC_MS = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd taskEnd) {
        TaskMetrics metrics = taskEnd.taskMetrics();
        if (metrics != null) {
            SHUFFLED.addAndGet(metrics.shuffleWriteMetrics().bytesWritten());
            SPILLED.addAndGet(metrics.diskBytesSpilled());
            GC_MS.addAndGet(metrics.jvmGCTime());
        }
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted completed) {
        if (Boolean.getBoolean("tilefold.benchmark.stages")) {
            StageInfo stage = completed.stageInfo();
            TaskMetrics metrics = stage.taskMetrics();
            System.out.printf(
                    Locale.ROOT,
                    "  stage %d, %d tasks: %.2f s, tasks ran %.2f s on %.2f s of cores, %s%n",
                    stage.stageId(),
                    stage.numTasks(),
                    ((Long) stage.completionTime().get()
                                    - (Long) stage.submissionTime().get())
                            / 1e3,
                    metrics.executorRunTime() / 1e3,
                    metrics.executorCpuTime() / 1e9,
                    stage.name());
        }
    }

    static void reset() {
        SHUFFLED.set(0);
        SPILLED.set(0);
        GC_MS.set(0);
    }

    /** Bytes that shuffles wrote, compressed as they are. */
    static long shuffledBytes() {
        return SHUFFLED.get();
    }

    static long spilledBytes() {
        return SPILLED.get();
    }

    static long gcMs() {
        return GC_MS.get();
    }

    /** The most memory that this process ever had resident, in bytes. */
    static long peakResidentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0);
    }
}
