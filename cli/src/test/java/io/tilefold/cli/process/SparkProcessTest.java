package io.tilefold.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.job.JobLines;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of jobs that are good, fail, die and hang: what the command sees of each, and of the job after it. */
class SparkProcessTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    private Path temp;

    private final SparkProcess spark = new SparkProcess(SparkProcessTest::command, false, false);

    @AfterEach
    void end() {
        spark.close();
    }

    @Test
    void jobsRunInOneProcessAndEachHasItsLog() throws Exception {
        String one = run("one", "print", "first of\tjobs ü");
        String two = run("two", "print", "second");
        assertThat(one).contains("said first of\tjobs ü", "complained").doesNotContain("tilefold-job", "second");
        assertThat(two).contains("said second").doesNotContain("first");
        assertThat(pid(two)).isEqualTo(pid(one));
        assertThat(run("one", "print", "third")).startsWith(one).contains("said third");
    }

    @Test
    void aPartitionThatIsNotThereYetIsNoFailureOfTheProcess() throws Exception {
        long pid = pid(run("one", "print", "x"));
        assertThat(spark.run(SparkJobs.UPLOAD, List.of(), List.of("end", "75"))).isEqualTo(SparkJobs.NOT_YET);
        assertThat(pid(run("two", "print", "x"))).isEqualTo(pid);
    }

    @Test
    void afterAJobThatFailedTheNextHasAnotherProcess() throws Exception {
        long pid = pid(run("one", "print", "x"));
        assertThatThrownBy(() -> run("bad", "end", "1"))
                .isInstanceOf(ChildProcessException.class)
                .hasMessageContaining("backfill failed with exit code 1; the end of ")
                .hasMessageContaining("ends with 1");
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(pid(run("two", "print", "x"))).isNotEqualTo(pid);
    }

    @Test
    void aProcessThatDiesOnAJobFailsItWithItsCodeAndNoOther() throws Exception {
        long pid = pid(run("one", "print", "x"));
        assertThat(spark.run(SparkJobs.BACKFILL, List.of(), List.of("die", "52")))
                .isEqualTo(52);
        assertThat(spark.run(SparkJobs.BACKFILL, List.of(), List.of("die", "0")))
                .as("without a word of the job it has not succeeded")
                .isEqualTo(1);
        assertThatThrownBy(() -> run("dead", "die", "3")).hasMessageContaining("what went wrong");
        assertThat(pid(run("two", "print", "x"))).isNotEqualTo(pid);
    }

    @Test
    void aJobThatHangsIsStoppedAtTheBound() throws Exception {
        long pid = pid(run("one", "print", "x"));
        assertThatThrownBy(() -> spark.run(
                        SparkJobs.BACKFILL,
                        List.of(),
                        List.of("hang"),
                        temp.resolve("hanging.log"),
                        Duration.ofMillis(1)))
                .isInstanceOf(ChildProcessException.class)
                .hasMessage("backfill did not end within 1 ms and was stopped");
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void closingEndsItInOrder() throws Exception {
        long pid = pid(run("one", "print", temp.resolve("ended").toString()));
        spark.close();
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(temp.resolve("ended")).hasContent("in order");
    }

    private String run(String log, String... arguments) throws Exception {
        Path file = temp.resolve(log);
        spark.run(SparkJobs.BACKFILL, List.of(), List.of(arguments), file, TIMEOUT);
        return Files.readString(file);
    }

    private static long pid(String log) {
        return log.lines()
                .filter(line -> line.startsWith("pid "))
                .mapToLong(line -> Long.parseLong(line.substring(4)))
                .findFirst()
                .orElseThrow();
    }

    private static JvmCommand command() {
        return new JvmCommand(
                "spark", List.of(), List.of(), System.getProperty("java.class.path"), Jobs.class.getName(), List.of());
    }

    /** What runs in the child JVM. */
    static final class Jobs {
        private Jobs() {}

        public static void main(String[] args) throws Exception {
            PrintStream out = new PrintStream(System.out, true, UTF_8);
            BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            String last = "";
            for (String line = requests.readLine(); !line.equals(JobLines.END); line = requests.readLine()) {
                List<String> words = JobLines.words(line);
                int code = 0;
                switch (words.get(1)) {
                    case "print" -> {
                        last = words.get(2);
                        out.println("said " + last);
                        out.println("pid " + ProcessHandle.current().pid());
                        System.err.println("complained");
                    }
                    case "end" -> {
                        code = Integer.parseInt(words.get(2));
                        out.println("ends with " + code);
                    }
                    case "die" -> {
                        System.err.println("what went wrong");
                        System.exit(Integer.parseInt(words.get(2)));
                    }
                    default -> new CountDownLatch(1).await();
                }
                out.print(JobLines.reply(code));
                out.flush();
                System.err.print(JobLines.reply(code));
            }
            if (Path.of(last).isAbsolute()) {
                Files.writeString(Path.of(last), "in order");
            }
        }
    }
}
