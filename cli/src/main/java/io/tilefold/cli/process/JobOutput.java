package io.tilefold.cli.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tilefold.job.JobLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One of the streams that a process of jobs prints: copied as it comes to where the job's output belongs, by a thread of its own, but for the replies in it.
 * Everything else may be called by any one thread.
 */
final class JobOutput {
    private static final int CHUNK_BYTES = 1 << 13;

    private final InputStream in;
    private final ByteArrayOutputStream reply = new ByteArrayOutputStream();
    private boolean isInReply;
    private volatile OutputStream sink;
    private volatile @Nullable IOException failure;

    /** The rest is guarded by this. */
    private OptionalInt exitCode = OptionalInt.empty();

    private boolean isAtEnd;

    private JobOutput(InputStream in, OutputStream sink) {
        this.in = in;
        this.sink = sink;
    }

    /** Starts copying. */
    static JobOutput copying(InputStream in, OutputStream sink, String threadName) {
        JobOutput output = new JobOutput(in, sink);
        Thread thread = new Thread(output::copy, threadName);
        thread.setDaemon(true);
        thread.start();
        return output;
    }

    /** From now on everything goes there. */
    void to(OutputStream other) {
        sink = other;
        failure = null;
    }

    /** Why the sink did not take everything; null if it did. */
    @Nullable IOException failure() {
        return failure;
    }

    /**
     * Waits for the next reply and takes it; all that was printed before it is in the sink then.
     *
     * @param untilNs by {@link System#nanoTime}
     * @return empty at the stream's end, or when the time is over
     */
    synchronized OptionalInt awaitReply(long untilNs) throws InterruptedException {
        while (exitCode.isEmpty() && !isAtEnd) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNs - System.nanoTime());
            if (leftMs <= 0) {
                break;
            }
            wait(leftMs);
        }
        OptionalInt taken = exitCode;
        exitCode = OptionalInt.empty();
        return taken;
    }

    /** True when the process has closed the stream. */
    synchronized boolean isAtEnd() {
        return isAtEnd;
    }

    private void copy() {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                take(chunk, length);
            }
        } catch (IOException processIsGone) {
            // as good as its end: what the process died of its exit code says
        }
        noReply();
        synchronized (this) {
            isAtEnd = true;
            notifyAll();
        }
    }

    private void take(byte[] chunk, int length) {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (isInReply) {
                reply.write(chunk[i]);
                if (chunk[i] == '\n' || reply.size() >= JobLines.REPLY_LENGTH_MAX) {
                    endReply();
                }
                from = i + 1;
            } else if (chunk[i] == JobLines.REPLY) {
                write(chunk, from, i - from);
                isInReply = true;
                reply.write(chunk[i]);
                from = i + 1;
            }
        }
        write(chunk, from, length - from);
    }

    private void endReply() {
        OptionalInt code = JobLines.exitCode(reply.toString(US_ASCII));
        if (code.isEmpty()) {
            noReply();
            return;
        }
        isInReply = false;
        reply.reset();
        synchronized (this) {
            exitCode = code;
            notifyAll();
        }
    }

    /** What looked like a reply is text. */
    private void noReply() {
        byte[] text = reply.toByteArray();
        isInReply = false;
        reply.reset();
        write(text, 0, text.length);
    }

    /** A sink that takes nothing more loses what comes, and says so; the process must not wait for it. */
    private void write(byte[] bytes, int from, int length) {
        if (length == 0 || failure != null) {
            return;
        }
        try {
            sink.write(bytes, from, length);
            sink.flush();
        } catch (IOException e) {
            failure = e;
        }
    }
}
