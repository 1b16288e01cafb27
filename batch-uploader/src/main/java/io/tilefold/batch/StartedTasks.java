package io.tilefold.batch;

import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tasks of the Spark jobs that a piece of work starts, so that work that fails ends after them. Spark lets a job's caller know of its failure while others of its tasks still run:
 * these write files where their caller may be clearing up, or where the next run writes.
 *
 * <p>Entered by Spark's listener thread and by the thread that waits; guarded by the monitor.
 */
public final class StartedTasks extends SparkListener {
    private static final Logger LOG = LoggerFactory.getLogger(StartedTasks.class);
    private static final long WAIT_MS = 60_000;

    /** Of a thread, inherited by those that it starts: the ids of the works that the jobs belong to, each with a comma behind it. */
    private static final String WORKS = "tilefold.works";

    private static final String FENCE = "tilefold.fence";

    private final SparkContext spark;
    private final String work = UUID.randomUUID().toString();
    private final Set<Integer> openJobs = new HashSet<>();
    private final Set<Integer> stages = new HashSet<>();
    private final Set<Long> running = new HashSet<>();
    private boolean isFenceSeen;

    private StartedTasks(SparkContext spark) {
        this.spark = spark;
    }

    /**
     * Does a work. If it throws, what it threw is thrown as soon as no task of its jobs runs any more, or after a minute, with a warning, or at once if the application is
     * stopped or this thread interrupted.
     *
     * @param what of the warning: {@code "the upload of rides"}
     */
    public static <T> T awaitedOnFailure(SparkSession session, String what, Supplier<T> work) {
        return awaitedOnFailure(session, what, WAIT_MS, work);
    }

    /** @param waitMs after which is thrown in any case */
    static <T> T awaitedOnFailure(SparkSession session, String what, long waitMs, Supplier<T> work) {
        SparkContext spark = session.sparkContext();
        StartedTasks tasks = new StartedTasks(spark);
        @Nullable String outer = spark.getLocalProperty(WORKS);
        spark.addSparkListener(tasks);
        spark.setLocalProperty(WORKS, (outer == null ? "" : outer) + tasks.work + ",");
        try {
            return work.get();
        } catch (Throwable e) { // Spark's are checked and not declared
            tasks.await(what, waitMs);
            throw e;
        } finally {
            spark.setLocalProperty(WORKS, outer);
            spark.removeSparkListener(tasks);
        }
    }

    /*
     * Listeners hear of tasks some time after these start, so none heard of is not none running. Events keep their order, though: through the scheduler's queue and then the
     * listeners'. A job that is submitted now is heard of after every task that the work's jobs have started; it has one task, which does nothing.
     */
    private void await(String what, long waitMs) {
        if (spark.isStopped()) {
            return;
        }
        @Nullable JavaFutureAction<Void> fence = null;
        spark.setLocalProperty(FENCE, work);
        try {
            fence = JavaSparkContext.fromSparkContext(spark)
                    .parallelize(List.of(0), 1)
                    .foreachPartitionAsync(none -> {});
            int left = awaitNone(waitMs);
            if (left > 0) {
                LOG.warn(
                        "tasks of {} still run {} ms after it failed: {}. What they write may be left behind",
                        what,
                        waitMs,
                        left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            LOG.debug("stopped meanwhile", e);
        } finally {
            spark.setLocalProperty(FENCE, null);
            if (fence != null) {
                var unused = fence.cancel(true);
            }
        }
    }

    /** Tasks and jobs that are left in the end; one at least if it is not known. */
    private synchronized int awaitNone(long waitMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        while (!isFenceSeen || !openJobs.isEmpty() || !running.isEmpty()) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0 || spark.isStopped()) {
                return spark.isStopped() ? 0 : Math.max(1, running.size());
            }
            wait(Math.min(leftMs, 1_000)); // a stopped application tells nobody
        }
        return 0;
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart start) {
        Properties properties = start.properties();
        if (properties == null || !properties.getProperty(WORKS, "").contains(work + ",")) {
            return;
        }
        if (work.equals(properties.getProperty(FENCE))) {
            isFenceSeen = true;
            notifyAll();
            return;
        }
        openJobs.add(start.jobId());
        CollectionConverters.asJava(start.stageInfos()).forEach(stage -> stages.add(stage.stageId()));
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart start) {
        if (stages.contains(start.stageId())) {
            running.add(start.taskInfo().taskId());
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        if (running.remove(end.taskInfo().taskId())) {
            notifyAll();
        }
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd end) {
        if (openJobs.remove(end.jobId())) {
            notifyAll();
        }
    }
}
