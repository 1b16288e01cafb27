package io.tilefold.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** spark-runtime repeats the version of Spark, having no parent; this keeps the two equal. */
class SparkClassPathTest {
    @Test
    void isOfTheVersionThatJobsAreCompiledAgainstAndHasNothingOfOurs() throws Exception {
        Path file = Installation.ofSystemProperty().home().resolve("spark-runtime/target/classpath");
        String[] jars = Files.readString(file).strip().split(File.pathSeparator);
        assertThat(Arrays.stream(jars).map(jar -> Path.of(jar).getFileName().toString()))
                .contains("spark-sql_2.13-" + System.getProperty("spark.version") + ".jar")
                .noneMatch(name -> name.startsWith("tilefold"));
    }
}
