package io.tilefold.cli.replay;

import io.tilefold.cli.laptop.LaptopCluster;
import io.tilefold.cli.process.JvmCommand;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.call.LogPosition;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;

/**
 * Time going by: events come, at the midnights before a question the day that ended is uploaded, questions are asked in between. What a question at {@code q} sees is every
 * event before {@code q}, none after it, and the batch that ends with the last midnight at or before {@code q}. Confined to one thread.
 */
final class Playback {
    private static final Duration UPLOAD_TIMEOUT = Duration.ofHours(24);
    private static final long DAY_MS = 86_400_000L;

    private final LaptopCluster cluster;
    private final AdminClient ingest;
    private final EventPlayer events;
    private final Function<LocalDate, JvmCommand> upload;
    private final ReplayProgress progress;
    private long batchEndMs = Long.MIN_VALUE;
    private long committed;

    /** @param upload the job that uploads everything up to and with a day */
    Playback(
            LaptopCluster cluster,
            AdminClient ingest,
            EventPlayer events,
            Function<LocalDate, JvmCommand> upload,
            ReplayProgress progress) {
        this.cluster = cluster;
        this.ingest = ingest;
        this.events = events;
        this.upload = upload;
        this.progress = progress;
    }

    /** Asks all rows, each at its moment. */
    void run(AskedRows asked, Asker asker, Comparison comparison) throws IOException, InterruptedException {
        while (asked.hasNext()) {
            List<AskedRow> rows = asked.next();
            long qMs = rows.get(0).qMs();
            batchUpTo(Math.floorDiv(qMs, DAY_MS) * DAY_MS);
            LogPosition reached = events.playUpTo(qMs);
            asker.ask(rows, new LogPosition(reached.shardGroup(), Math.max(reached.position(), committed)));
            progress.at(qMs, comparison.rows(), events.sentCount(), comparison.disagreements());
        }
        progress.done();
    }

    private void batchUpTo(long midnightMs) throws InterruptedException {
        if (midnightMs <= batchEndMs) {
            return;
        }
        events.playUpTo(midnightMs);
        LocalDate day = Instant.ofEpochMilli(midnightMs)
                .atZone(ZoneOffset.UTC)
                .toLocalDate()
                .minusDays(1);
        progress.done();
        progress.step("midnight: uploading everything up to " + day);
        cluster.run("upload-" + day, upload.apply(day), UPLOAD_TIMEOUT);
        committed = ingest.status().position().position();
        batchEndMs = midnightMs;
    }
}
