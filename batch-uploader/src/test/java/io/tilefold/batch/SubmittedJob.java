package io.tilefold.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The job jar run by Spark's own {@code SparkSubmit} in a JVM with Spark's own jars on its class path and nothing else. */
final class SubmittedJob {
    private static final long TIMEOUT_S = 120;

    static final Path JAR = Path.of(property("tilefold.job.jar"));

    /** How it ended. */
    record Outcome(int exitCode, String out, String err) {}

    private SubmittedJob() {}

    /** Starts it; its output goes to files {@code out} and {@code err}. */
    static Process start(Path logs, List<String> jvmFlags, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")); // a short life
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", sparkClassPath(), "org.apache.spark.deploy.SparkSubmit"));
        command.addAll(List.of("--master", "local[2]", "--class", main.getName()));
        for (String setting : List.of(
                "spark.ui.enabled=false", "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1")) {
            command.addAll(List.of("--conf", setting));
        }
        command.add(JAR.toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(logs.toFile())
                .redirectOutput(logs.resolve("out").toFile())
                .redirectError(logs.resolve("err").toFile())
                .start();
    }

    /** Runs to the end. */
    static Outcome run(Path logs, List<String> jvmFlags, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        Process process = start(logs, jvmFlags, main, arguments);
        Path err = logs.resolve("err");
        try {
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new AssertionError(main + " runs for more than " + TIMEOUT_S + " s: " + Files.readString(err));
            }
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(logs.resolve("out")), Files.readString(err));
    }

    private static String sparkClassPath() throws IOException {
        return Files.readString(Path.of(property("tilefold.spark.classpath"))).strip();
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException("-D" + name + " is not set: run with mvn verify");
        }
        return value;
    }
}
