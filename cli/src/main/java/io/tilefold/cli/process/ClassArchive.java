package io.tilefold.cli.process;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Classes, archived by a JVM that ran with them (class data sharing): a later JVM maps them instead of parsing and verifying twenty thousand
 * of them again.
 *
 * <pre>
 * target/class-archives/spark-0123456789abcdef.jsa         of this JVM and these very jars: another of either has another name
 * target/class-archives/child-main-0123456789abcdef.jar    {@link ChildMain}: a JVM archives classes of jars only
 * </pre>
 *
 * One archive is kept. Without one a process runs as well, and takes longer to start.
 */
public final class ClassArchive {
    /**
     * A system property, or the environment's. {@code never}: none is made; {@code always}: by the first process of any command. Else by those of commands that are run again
     * and again.
     */
    public static final String SETTING = "TILEFOLD_CLASS_ARCHIVES";

    private static final String NEVER = "never";
    private static final String ALWAYS = "always";
    private static final long FREE_BYTES_MIN = 1L << 30;
    private static final String SUFFIX = ".jsa";
    private static final String UNFINISHED = ".tmp";
    private static final String CHILD_MAIN_JAR = "child-main-";
    private static final int KEY_BYTES = 8;

    private static final byte[] CHILD_MAIN = childMainCode();

    private final Path directory;
    private final String name;
    private final Path file;
    private final Path childMain;

    private ClassArchive(Path directory, String name, String key) {
        this.directory = directory;
        this.name = name;
        this.file = directory.resolve(name + "-" + key + SUFFIX);
        this.childMain = directory.resolve(CHILD_MAIN_JAR + hex(newDigest().digest(CHILD_MAIN)) + ".jar");
    }

    /**
     * Where classes are.
     *
     * @param name of what runs with them
     * @param classPath jars, as {@code -cp} takes them
     */
    static ClassArchive of(Path home, String name, String classPath) {
        return new ClassArchive(home.resolve("target/class-archives"), name, key(classPath));
    }

    /** The JVM refuses an archive of other jars, other times of theirs, or another JVM: so all are in the name. */
    private static String key(String classPath) {
        MessageDigest digest = newDigest();
        digest.update(System.getProperty("java.vm.version", "").getBytes(StandardCharsets.UTF_8));
        digest.update(System.getProperty("java.home", "").getBytes(StandardCharsets.UTF_8));
        digest.update(CHILD_MAIN);
        for (String jar : classPath.split(File.pathSeparator)) {
            File entry = new File(jar);
            digest.update((jar + "\n" + entry.length() + "\n" + entry.lastModified() + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        return hex(digest.digest());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, KEY_BYTES);
    }

    /** True if a JVM can use it. */
    boolean exists() {
        return Files.exists(file) && Files.exists(childMain);
    }

    /** The archive. */
    Path file() {
        return file;
    }

    /** A jar with {@link ChildMain}, at the end of the class paths of the JVM that made the archive and of those that use it: the JVM compares them. */
    Path childMain() {
        return childMain;
    }

    private static String setting() {
        return System.getProperty(SETTING, System.getenv().getOrDefault(SETTING, ""));
    }

    /** True if it is missing, and any command is to make it. */
    boolean isWanted() {
        return setting().equals(ALWAYS) && isMissing();
    }

    /** True if there is none yet and one can be made here. */
    boolean isMissing() {
        if (setting().equals(NEVER) || exists()) {
            return false;
        }
        try {
            Files.createDirectories(directory);
            return Files.isWritable(directory) && Files.getFileStore(directory).getUsableSpace() >= FREE_BYTES_MIN;
        } catch (IOException readOnly) {
            return false; // an installation of another user: jobs run without
        }
    }

    /** The command, made to archive its JVM's classes when it ends, which takes some fifteen seconds for Spark's. To be followed by {@link #ended}. */
    JvmCommand making(JvmCommand command, PrintStream out) {
        try {
            writeChildMain();
        } catch (IOException e) {
            out.println("tilefold: " + directory + ": " + e + "; classes are not archived");
            return command;
        }
        out.println("tilefold: the first " + name
                + " process here: its classes are archived when it ends, so that the next start sooner (" + directory
                + ", about 200 MB; " + SETTING + "=" + NEVER + " in the environment: none)");
        return command.archiving(unfinished(), childMain);
    }

    private Path unfinished() {
        return directory.resolve(
                file.getFileName() + "." + ProcessHandle.current().pid() + UNFINISHED);
    }

    /** After a JVM that was to make the archive: takes what it made, if it ended with 0. */
    void ended(int code, PrintStream out) {
        try {
            if (code == 0 && Files.exists(unfinished())) {
                Files.move(unfinished(), file, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.deleteIfExists(unfinished());
            }
            tidy();
        } catch (IOException e) {
            out.println("tilefold: " + directory + ": " + e + "; the next process starts without archived classes");
        }
    }

    /** Deletes what the new archive replaces, and what runs that were killed left. */
    private void tidy() throws IOException {
        FileTime yesterday = FileTime.from(Instant.now().minus(1, ChronoUnit.DAYS));
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.toList();
        }
        for (Path other : files) {
            String entry = other.getFileName().toString();
            boolean replaced = entry.endsWith(SUFFIX) && !other.equals(file)
                    || entry.startsWith(CHILD_MAIN_JAR) && !entry.endsWith(UNFINISHED) && !other.equals(childMain);
            boolean left = entry.endsWith(UNFINISHED)
                    && Files.exists(other)
                    && Files.getLastModifiedTime(other).compareTo(yesterday) < 0;
            if (replaced && Files.exists(file) || left) {
                Files.deleteIfExists(other);
            }
        }
    }

    private void writeChildMain() throws IOException {
        if (Files.exists(childMain)) {
            return; // with another time it were another jar to the archives that there are
        }
        Path written = Files.createTempFile(directory, CHILD_MAIN_JAR, UNFINISHED);
        try (OutputStream out = Files.newOutputStream(written);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(entry()));
            zip.write(CHILD_MAIN);
            zip.closeEntry();
        }
        Files.move(written, childMain, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String entry() {
        return ChildMain.class.getName().replace('.', '/') + ".class";
    }

    private static byte[] childMainCode() {
        try (InputStream in =
                Objects.requireNonNull(ChildMain.class.getClassLoader().getResourceAsStream(entry()))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
