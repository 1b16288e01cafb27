package io.tilefold.cli.replay;

import io.tilefold.client.admin.AdminClient;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/**
 * Time going by: events come, at the midnights before a question the day that ended is uploaded, questions are asked in between. What a question at {@code q} sees is every
 * event before {@code q}, none after it, and the batch that ends with the last midnight at or before {@code q}. Confined to one thread.
 */
final class Playback {
    private static final long DAY_MS = 86_400_000L;

    private final AdminClient ingest;
    private final EventPlayer events;
    private final Upload upload;
    private final ReplayProgress progress;
    private long batchEndMs = Long.MIN_VALUE;

    /** Uploads everything up to and with a day, and returns when it is committed. */
    @FunctionalInterface
    interface Upload {
        void upTo(LocalDate day) throws InterruptedException;
    }

    Playback(AdminClient ingest, EventPlayer events, Upload upload, ReplayProgress progress) {
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
            asker.ask(rows, events.playUpTo(qMs));
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
        upload.upTo(day);
        events.uploaded(ingest.status().position());
        batchEndMs = midnightMs;
    }
}
