package io.tilefold.cli.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The child's half of {@link ChildProcess}: runs another class's {@code main} in a JVM that ends when its parent does.
 *
 * <p>The parent holds the other end of standard input: end of file means that the parent is gone, however it
 * died. The JVM then exits in order, within a bound. What the parent writes is the program's {@code System.in}; of a program that does not read,
 * {@link #UNREAD_BYTES_MAX} are kept and the rest waits in the pipe. Needs the JDK only, so it can stand at the end of any class path.
 */
public final class ChildMain {
    /** 128 + SIGTERM: losing the parent counts as being told to stop. */
    private static final int EXIT_STOPPED = 143;

    private static final long EXIT_TIMEOUT_MS = 15_000;

    private static final int UNREAD_BYTES_MAX = 1 << 16;

    private ChildMain() {}

    /** {@code ChildMain CLASS [ARGUMENT]...} */
    public static void main(String[] args) throws Throwable {
        InputStream fromParent = System.in;
        PipedOutputStream toProgram = new PipedOutputStream();
        System.setIn(new PipedInputStream(toProgram, UNREAD_BYTES_MAX));
        startDaemon("parent-watch", () -> exitAtEnd(fromParent, toProgram));
        Class<?> target = Class.forName(args[0]);
        try {
            target.getMethod("main", String[].class).invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static void exitAtEnd(InputStream fromParent, PipedOutputStream toProgram) {
        byte[] bytes = new byte[1 << 12];
        try {
            for (int length = fromParent.read(bytes); length >= 0; length = fromParent.read(bytes)) {
                toProgram.write(bytes, 0, length);
                toProgram.flush();
            }
        } catch (IOException e) {
            System.err.println("parent-watch: " + e);
        }
        startDaemon("exit-bound", ChildMain::haltAfterTimeout);
        System.exit(EXIT_STOPPED);
    }

    private static void haltAfterTimeout() {
        try {
            Thread.sleep(EXIT_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(EXIT_STOPPED);
    }

    private static void startDaemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
