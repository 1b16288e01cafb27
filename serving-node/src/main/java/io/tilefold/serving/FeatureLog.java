package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FeatureLogRecord;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a sample of requests and answers to files, for training and monitoring: a {@link FeatureLogRecord} each, length-delimited. Event loops and
 * workers offer, one thread writes; what finds its queue full is dropped and counted, so logging never slows a fetch.
 */
final class FeatureLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FeatureLog.class);
    private static final ThrottledLog PROBLEMS = new ThrottledLog(LOG);
    private static final int QUEUE_LENGTH = 4096;
    private static final long CLOSE_TIMEOUT_MS = 5_000;
    private static final byte[] END = {};

    private final FeatureLogConfig config;
    private final ArrayBlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final LongAdder dropped = new LongAdder();
    private final Thread writer;
    private long fileNumber;

    FeatureLog(FeatureLogConfig config) {
        this.config = config;
        this.writer = StoreWatch.daemon(this::run, "tilefold-feature-log");
        writer.start();
    }

    /** True for so many of all fetches as the configuration says. */
    boolean isSampled() {
        return ThreadLocalRandom.current().nextDouble() < config.sample();
    }

    /** Takes copies of a request and its answer, unless the writer is behind. */
    void offer(long receivedMs, FetchMessage request, WireBuffer answer, int answerFrom) {
        WireBuffer record = new WireBuffer(request.length() + answer.length() + 64);
        record.putZigzagField(FeatureLogRecord.RECEIVED_MS_FIELD_NUMBER, receivedMs);
        record.putHead(FeatureLogRecord.REQUEST_FIELD_NUMBER, request.length());
        request.writeTo(record);
        int length = answer.length() - answerFrom;
        record.putHead(FeatureLogRecord.ANSWER_FIELD_NUMBER, length);
        record.putBytes(answer.array(), answerFrom, length);
        if (!queue.offer(record.toBytes())) {
            dropped.increment();
            PROBLEMS.warn("the feature log is behind: a record was dropped");
        }
    }

    /** Records dropped because the writer was behind or could not write. */
    long dropped() {
        return dropped.sum();
    }

    private void run() {
        byte[] record = next();
        while (record != END) {
            record = writeFile(record);
        }
    }

    private byte[] next() {
        try {
            return queue.take();
        } catch (InterruptedException closing) {
            return END;
        }
    }

    /** Writes a file from this record on until it is full; returns the record behind it. */
    private byte[] writeFile(byte[] first) {
        byte[] record = first;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(nextFile()))) {
            long length = 0;
            while (record != END && length < config.maxFileBytes()) {
                WireBuffer head = new WireBuffer(8);
                head.putVarint(record.length);
                out.write(head.array(), 0, head.length());
                out.write(record);
                length += head.length() + record.length;
                record = queue.isEmpty() ? flushedNext(out) : next();
            }
            return record;
        } catch (IOException failure) {
            dropped.increment();
            PROBLEMS.error("the feature log in " + config.directory() + " cannot be written", failure);
            return next();
        }
    }

    private byte[] flushedNext(OutputStream out) throws IOException {
        out.flush();
        return next();
    }

    private Path nextFile() throws IOException {
        Files.createDirectories(config.directory());
        return config.directory()
                .resolve(String.format(
                        java.util.Locale.ROOT,
                        "features-%d-%06d.pb",
                        ProcessHandle.current().pid(),
                        fileNumber++));
    }

    @Override
    public void close() {
        try {
            if (!queue.offer(END)) {
                writer.interrupt();
            }
            writer.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
