package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The jars Catalyst brings along are a closed list: a new Spark that drags more is noticed here and not in a serving node's size. */
class RuntimeClassPathTest {
    private static final Pattern VERSION = Pattern.compile("-[0-9][^_]*\\.jar$");

    /** Jars of other dependencies than Spark: feature-core's, the annotations, the test libraries. */
    private static final Pattern NOT_FROM_SPARK =
            Pattern.compile("(tilefold|junit|assertj|surefire)-.*|agrona|datasketches-.*|jspecify"
                    + "|byte-buddy|opentest4j|apiguardian-api|maven-.*|plexus-.*");

    @Test
    void sparkBringsExactlyTheListedJars() throws IOException {
        Set<String> found = Arrays.stream(classPath().split(File.pathSeparator))
                .map(entry -> new File(entry).getName())
                .filter(name -> name.endsWith(".jar"))
                .map(name -> VERSION.matcher(name).replaceFirst(""))
                .filter(name -> !NOT_FROM_SPARK.matcher(name).matches())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> listed = listed();

        Set<String> added = new TreeSet<>(found);
        added.removeAll(listed);
        Set<String> missing = new TreeSet<>(listed);
        missing.removeAll(found);

        assertThat(added)
                .as(
                        "jars that are new: exclude them from spark-catalyst in pom.xml, or list them in spark-jars.txt if an"
                                + " expression needs them")
                .isEmpty();
        assertThat(missing)
                .as("jars that are gone: remove them from spark-jars.txt, or drop their exclusion in pom.xml")
                .isEmpty();
    }

    private static String classPath() {
        // Surefire may start the tests from a jar whose manifest holds the class path; it keeps the real one here.
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static Set<String> listed() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(RuntimeClassPathTest.class.getResourceAsStream("/spark-jars.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
