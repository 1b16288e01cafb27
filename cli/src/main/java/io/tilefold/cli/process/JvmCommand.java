package io.tilefold.cli.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM to start: what {@code java} is called with.
 *
 * @param name what people call it, for messages
 * @param optionFiles files of JVM options, in the form of the launcher's {@code @argfiles}; later ones win
 * @param classPath as {@code -cp} takes it
 * @param mainClass the class whose {@code main} runs
 * @param arguments what {@code main} gets
 */
public record JvmCommand(
        String name,
        List<Path> optionFiles,
        List<String> properties,
        String classPath,
        String mainClass,
        List<String> arguments) {

    public JvmCommand {
        optionFiles = List.copyOf(optionFiles);
        properties = List.copyOf(properties);
        arguments = List.copyOf(arguments);
    }

    /** The same with these before its arguments. */
    JvmCommand withFirstArguments(String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(arguments);
        return new JvmCommand(name, optionFiles, properties, classPath, mainClass, all);
    }

    /** Starts the JVM of this process's kind under {@link ChildMain}, its standard input held open by this process. */
    Process start(ProcessBuilder.Redirect output) throws IOException {
        return new ProcessBuilder(commandLine())
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectOutput(output)
                .redirectError(output)
                .start();
    }

    private List<String> commandLine() {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        optionFiles.forEach(file -> line.add("@" + file));
        line.addAll(properties);
        line.add("-cp");
        line.add(classPath);
        line.add(ChildMain.class.getName());
        line.add(mainClass);
        line.addAll(arguments);
        return line;
    }
}
