package io.tilefold.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.job.JobLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A process's output: what is of a job, what is a reply, and what only looks like one. */
class JobOutputTest {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(30);

    private final PipedOutputStream process = new PipedOutputStream();
    private final ByteArrayOutputStream first = new ByteArrayOutputStream();

    private JobOutput copying(OutputStream sink) throws IOException {
        return JobOutput.copying(new PipedInputStream(process), sink, "test-output");
    }

    private void print(String text) throws IOException {
        process.write(text.getBytes(UTF_8));
        process.flush();
    }

    private static long soon() {
        return System.nanoTime() + LONG_NS;
    }

    @Test
    void whatIsBeforeAReplyIsInItsSinkAndWhatComesBehindInTheNext() throws Exception {
        JobOutput output = copying(first);
        print("one\n\rtwo");
        String reply = JobLines.reply(75);
        print(reply.substring(0, 5));
        print(reply.substring(5) + "of the next ");
        assertThat(output.awaitReply(soon())).hasValue(75);
        assertThat(first.toString(UTF_8)).startsWith("one\n\rtwo").doesNotContain("tilefold-job");

        ByteArrayOutputStream second = new ByteArrayOutputStream();
        output.to(second);
        print("job" + JobLines.reply(0));
        assertThat(output.awaitReply(soon())).hasValue(0);
        assertThat(first.toString(UTF_8) + second.toString(UTF_8)).isEqualTo("one\n\rtwoof the next job");
        assertThat(second.toString(UTF_8)).endsWith("job");
        assertThat(output.isAtEnd()).isFalse();
    }

    @Test
    void whatLooksLikeAReplyIsTextAndTheEndOfTheStreamIsNone() throws Exception {
        JobOutput output = copying(first);
        String text = JobLines.REPLY + "tilefold-job soon\n" + JobLines.REPLY + "x".repeat(100) + "\n" + JobLines.REPLY;
        print(text);
        assertThat(output.awaitReply(System.nanoTime())).isEmpty();
        process.close();
        assertThat(output.awaitReply(soon())).isEmpty();
        assertThat(output.isAtEnd()).isTrue();
        assertThat(first.toString(UTF_8)).isEqualTo(text);
    }

    @Test
    void aSinkThatTakesNothingDoesNotStopTheProcess() throws Exception {
        JobOutput output = copying(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("disk full");
            }
        });
        for (int i = 0; i < 100; i++) {
            print("x".repeat(1000));
        }
        print(JobLines.reply(0));
        assertThat(output.awaitReply(soon())).hasValue(0);
        assertThat(output.failure()).hasMessage("disk full");
        output.to(first);
        print("again" + JobLines.reply(0));
        assertThat(output.awaitReply(soon())).hasValue(0);
        assertThat(output.failure()).isNull();
        assertThat(first.toString(UTF_8)).isEqualTo("again");
    }
}
