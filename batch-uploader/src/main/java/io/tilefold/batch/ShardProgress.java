package io.tilefold.batch;

import java.io.PrintStream;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Prints how many shards are uploaded, every few seconds while a long upload runs. Called on Spark's listener thread alone. */
final class ShardProgress extends SparkListener {
    private static final long INTERVAL_MS = 5_000;

    private final String groupBy;
    private final int shardCount;
    private final PrintStream out;
    private int uploaded;
    private long lastMs = Long.MIN_VALUE;

    ShardProgress(String groupBy, int shardCount, PrintStream out) {
        this.groupBy = groupBy;
        this.shardCount = shardCount;
        this.out = out;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        // The job's last stage is the one that uploads; what feeds its shuffle are ShuffleMapTasks.
        if (!end.taskType().equals("ResultTask") || end.reason() != Success$.MODULE$) {
            return;
        }
        uploaded++;
        long nowMs = end.taskInfo().finishTime();
        if (lastMs == Long.MIN_VALUE) {
            lastMs = end.taskInfo().launchTime();
        }
        if (uploaded < shardCount && nowMs - lastMs >= INTERVAL_MS) {
            lastMs = nowMs;
            out.printf("%s: %d of %d shards uploaded%n", groupBy, uploaded, shardCount);
        }
    }
}
