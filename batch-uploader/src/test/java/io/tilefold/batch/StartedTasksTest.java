package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs of two tasks, of which one fails while the other goes on and heeds nobody. */
@Timeout(60)
class StartedTasksTest {
    private static final int RUNS = 20;

    /** Tasks of this JVM that go on. */
    private static final AtomicInteger GOING_ON = new AtomicInteger();

    private static final Semaphore BOTH_RUN = new Semaphore(0);
    private static final Semaphore MAY_END = new Semaphore(0);

    @Test
    void whatFailsEndsAfterItsTasks() {
        for (int run = 0; run < RUNS; run++) {
            assertThatThrownBy(() -> StartedTasks.awaitedOnFailure(LocalSpark.session(), "a test", () -> {
                        runJob(false);
                        return "";
                    }))
                    .hasMessageContaining("this one fails");
            assertThat(GOING_ON).as("run %d", run).hasValue(0);
        }
    }

    @Test
    void noneIsWaitedForLongerThanTheBound() {
        try {
            assertThatThrownBy(() -> StartedTasks.awaitedOnFailure(LocalSpark.session(), "a test", 50, () -> {
                        runJob(true);
                        return "";
                    }))
                    .hasMessageContaining("this one fails");
            assertThat(GOING_ON).hasValue(1);
        } finally {
            end();
        }
    }

    @Test
    void theTasksOfOthersAreNotWaitedFor() throws InterruptedException {
        Thread other = new Thread(() -> assertThatThrownBy(() -> runJob(true)).hasMessageContaining("this one fails"));
        other.start();
        other.join();
        try {
            assertThat(GOING_ON).hasValue(1);
            assertThatThrownBy(() -> StartedTasks.awaitedOnFailure(LocalSpark.session(), "a test", () -> {
                        throw new JobException("at once");
                    }))
                    .hasMessage("at once");
            assertThat(GOING_ON).hasValue(1);
        } finally {
            end();
        }
    }

    @Test
    void whatSucceedsIsGivenBack() {
        assertThat(StartedTasks.awaitedOnFailure(LocalSpark.session(), "a test", () -> 7))
                .isEqualTo(7);
        assertThat(LocalSpark.session().sparkContext().getLocalProperty("tilefold.works"))
                .isNull();
    }

    private static void end() {
        MAY_END.release();
        while (GOING_ON.get() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** @param untilTold whether the task that goes on does so until it is told; else for some milliseconds */
    private static void runJob(boolean untilTold) {
        JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext())
                .parallelize(List.of(0, 1), 2)
                .foreachPartition(rows -> {
                    if (TaskContext.getPartitionId() == 0) {
                        GOING_ON.incrementAndGet();
                        BOTH_RUN.release();
                        if (untilTold) {
                            MAY_END.acquire();
                        } else {
                            LockSupport.parkNanos(20_000_000);
                        }
                        GOING_ON.decrementAndGet();
                    } else {
                        BOTH_RUN.acquire();
                        throw new SparkException("this one fails");
                    }
                });
    }
}
