package io.tilefold.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small program in a jar: its JVM archives its classes, the next one maps them, and one of another jar does not. */
class ClassArchiveTest {
    /** A directory, where the tree is built without packing it. */
    private static final String CLASSES = Path.of(ChildMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .getPath())
            .toString();

    /** What the child runs. */
    public static final class Program {
        private Program() {}

        public static void main(String[] args) {
            System.exit(Integer.parseInt(args[0]));
        }
    }

    @TempDir
    private Path home;

    @Test
    void whatTheFirstArchivesTheNextMapsAndAnotherJarHasItsOwn() throws Exception {
        Path jar = jar("first");
        ClassArchive none = ClassArchive.of(home, "test", jar.toString());
        assertThat(none.exists()).isFalse();
        assertThat(run(none, jar, "3")).isEqualTo(3);
        assertThat(none.isMissing()).as("a job that fails leaves none").isTrue();

        assertThat(run(none, jar, "0")).isZero();
        assertThat(none.isMissing()).isFalse();
        assertThat(loaded(jar)).contains(Program.class.getName() + " source: shared objects file (top)");

        Path other = jar("second, longer");
        ClassArchive ofOther = ClassArchive.of(home, "test", other.toString());
        assertThat(ofOther.isMissing()).isTrue();
        assertThat(run(ofOther, other, "0")).isZero();
        try (Stream<Path> files = Files.list(home.resolve("target/class-archives"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.startsWith("child-main-")))
                    .singleElement()
                    .asString()
                    .startsWith("test-")
                    .endsWith(".jsa");
        }
        assertThat(ofOther.isMissing()).isFalse();
        assertThat(none.isMissing()).isTrue();
    }

    private int run(ClassArchive archive, Path jar, String code) throws InterruptedException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(archive.isMissing()).isTrue();
        PrintStream out = new PrintStream(said, true, UTF_8);
        int exit = ChildProcess.runInForeground(archive.making(command(jar, List.of(), code), out));
        archive.ended(exit, out);
        assertThat(said.toString(UTF_8))
                .contains("the first test process here")
                .contains(ClassArchive.SETTING + "=never");
        return exit;
    }

    /** What the JVM says of where its classes come from. */
    private String loaded(Path jar) throws Exception {
        Path log = home.resolve("log");
        JvmCommand command =
                command(jar, List.of("-Xlog:class+load"), "0").with(ClassArchive.of(home, "test", jar.toString()));
        try (ChildProcess child = ChildProcess.start(command, log)) {
            assertThat(child.awaitExit(Duration.ofSeconds(60))).isZero();
        }
        return Files.readString(log);
    }

    private static JvmCommand command(Path jar, List<String> properties, String code) {
        String classPath = jar + File.pathSeparator + CLASSES;
        return new JvmCommand("test", List.of(), properties, classPath, Program.class.getName(), List.of(code));
    }

    private Path jar(String comment) throws IOException {
        Path jar = home.resolve(comment.substring(0, 5) + ".jar");
        String entry = Program.class.getName().replace('.', '/') + ".class";
        try (InputStream code =
                        Objects.requireNonNull(Program.class.getClassLoader().getResourceAsStream(entry));
                OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setComment(comment);
            zip.putNextEntry(new ZipEntry(entry));
            code.transferTo(zip);
            zip.closeEntry();
        }
        return jar;
    }
}
