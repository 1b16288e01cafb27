package io.tilefold.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold version}: what this is and which JVM runs it. */
@Command(name = "version", description = "Print the version and the JVM.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        for (String line : new Provider().getVersion()) {
            spec.commandLine().getOut().println(line);
        }
        return Tilefold.EXIT_OK;
    }

    /** The version the build wrote down. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Properties build = new Properties();
            try (InputStream in = Tilefold.class.getResourceAsStream("build.properties")) {
                build.load(Objects.requireNonNull(in, "build.properties is missing from the class path"));
            }
            return new String[] {
                "tilefold " + build.getProperty("version"),
                "java " + Runtime.version() + " (" + System.getProperty("java.home") + ")",
            };
        }
    }
}
