package io.tilefold.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Children of every temper: ready, dying, silent, deaf to signals, and orphaned. */
class ChildProcessTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path temp;

    @Test
    void readyThenStoppedInOrder() throws Exception {
        ChildProcess child = start("ready");
        assertThat(child.awaitReady(TIMEOUT)).isEqualTo(new ReadyLine("test", "host:17"));
        assertThat(child.isAlive()).isTrue();
        child.close();
        assertThat(child.isAlive()).isFalse();
        assertThat(Files.readString(child.log())).contains("stopping in order");
    }

    @Test
    void deathBeforeReadyShowsCodeAndLog() {
        try (ChildProcess child = start("die")) {
            assertThatThrownBy(() -> child.awaitReady(TIMEOUT))
                    .isInstanceOf(ChildProcessException.class)
                    .hasMessageContaining("exited with code 7 before it was ready")
                    .hasMessageContaining("what went wrong");
        }
    }

    @Test
    void silentChildIsStoppedAtTheBound() {
        try (ChildProcess child = start("silent")) {
            assertThatThrownBy(() -> child.awaitReady(Duration.ofMillis(1)))
                    .isInstanceOf(ChildProcessException.class)
                    .hasMessageContaining("was not ready after 1 ms and was stopped");
            assertThat(child.isAlive()).isFalse();
        }
    }

    @Test
    void readyLineOfAnEarlierRunInTheSameLogDoesNotCount() throws Exception {
        try (ChildProcess child = start("ready")) {
            child.awaitReady(TIMEOUT);
        }
        try (ChildProcess child = start("die")) {
            assertThatThrownBy(() -> child.awaitReady(TIMEOUT))
                    .hasMessageContaining("exited with code 7")
                    .hasMessageNotContaining("READY");
        }
    }

    @Test
    void endByItselfGivesTheCode() throws Exception {
        try (ChildProcess child = start("die")) {
            assertThat(child.awaitExit(TIMEOUT)).isEqualTo(7);
        }
    }

    @Test
    void childrenEndWhenTheirParentIsKilled() throws Exception {
        ChildProcess parent = start("parent", temp.toString());
        long grandchild = parent.awaitReady(TIMEOUT).port();
        ProcessHandle orphan = ProcessHandle.of(grandchild).orElseThrow();
        parent.kill();
        await().atMost(TIMEOUT).until(() -> !orphan.isAlive());
        assertThat(Files.readString(temp.resolve("grandchild.log"))).contains("stopping in order");
    }

    private ChildProcess start(String... arguments) {
        return ChildProcess.start(command(arguments), temp.resolve("child.log"));
    }

    private static JvmCommand command(String... arguments) {
        return new JvmCommand(
                "child",
                List.of(),
                List.of(),
                System.getProperty("java.class.path"),
                Child.class.getName(),
                List.of(arguments));
    }

    /** What runs in the child JVM. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("stopping in order")));
            switch (args[0]) {
                case "ready" -> System.out.println(new ReadyLine("test", "host:17"));
                case "die" -> {
                    System.err.println("what went wrong");
                    System.exit(7);
                }
                case "parent" -> {
                    ChildProcess child = ChildProcess.start(command("ready"), Path.of(args[1], "grandchild.log"));
                    child.awaitReady(TIMEOUT);
                    System.out.println(new ReadyLine("test", "pid:" + child.pid()));
                }
                default -> System.out.println("says nothing of use: " + Arrays.toString(args));
            }
            new CountDownLatch(1).await();
        }
    }
}
