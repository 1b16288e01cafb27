package io.tilefold.cli.process;

import io.tilefold.cli.config.BrokerSettings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A built Tilefold tree: knows the class path, the options and the arguments of every role's JVM.
 *
 * <pre>
 * cli/src/main/jvm/*.options          JVM options, one file a role
 * cli/target/{classes,classpath}      the tilefold command, ingest and serving
 * dev-broker/target/{classes,classpath}
 * spark-runtime/target/classpath      Spark's own jars
 * </pre>
 *
 * The root script reads the same files.
 */
public final class Installation {
    /** The system property that names the root of the tree; {@code ./tilefold} sets it. */
    public static final String HOME_PROPERTY = "tilefold.home";

    /** A system property, or the environment's: further options of the JVM that Spark runs in, separated by spaces; {@code -Xmx8g} for instance. They win. */
    public static final String SPARK_OPTIONS = "TILEFOLD_SPARK_OPTIONS";

    private static final String CLI_MAIN = "io.tilefold.cli.Tilefold";
    private static final String BROKER_MAIN = "io.tilefold.broker.DevBroker";
    private static final String SPARK_MAIN = "org.apache.spark.deploy.SparkSubmit";
    private static final String JOBS_MAIN = "io.tilefold.batch.process.JobProcess";

    private final Path home;

    public Installation(Path home) {
        this.home = home.toAbsolutePath().normalize();
    }

    public static Installation ofSystemProperty() {
        String home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            throw new ChildProcessException(
                    "-D" + HOME_PROPERTY + " is not set: start Tilefold by its script ./tilefold");
        }
        return new Installation(Path.of(home));
    }

    public Path home() {
        return home;
    }

    /** The development broker. */
    public JvmCommand broker(BrokerSettings settings) {
        return command(
                "broker",
                List.of("broker"),
                List.of(),
                classPath("dev-broker"),
                BROKER_MAIN,
                brokerArguments(settings));
    }

    /** What {@code DevBroker} gets for the settings. */
    public static List<String> brokerArguments(BrokerSettings settings) {
        List<String> arguments = new ArrayList<>(List.of(
                "--data", settings.dataDir().toString(),
                "--host", settings.host(),
                "--port", Integer.toString(settings.port())));
        for (String property : settings.properties()) {
            arguments.add("--property");
            arguments.add(property);
        }
        return arguments;
    }

    /** {@code tilefold ingest} with these arguments. */
    public JvmCommand ingest(List<String> arguments) {
        return role("ingest", "ingest", arguments);
    }

    /** {@code tilefold serve} with these arguments. */
    public JvmCommand serve(List<String> arguments) {
        return role("serve", "serving", arguments);
    }

    /**
     * A Spark application on local cores that runs jobs as it is told, by Spark's own {@code SparkSubmit} beside nothing but Spark's jars.
     *
     * @param cores number of local cores
     */
    JvmCommand sparkJobs(int cores) {
        List<String> submit = List.of(
                "--master",
                "local[" + cores + "]",
                "--conf",
                "spark.driver.host=127.0.0.1",
                "--conf",
                "spark.driver.bindAddress=127.0.0.1",
                "--conf",
                "spark.ui.enabled=false",
                "--class",
                JOBS_MAIN,
                jobJar().toString());
        String jars = read(home.resolve("spark-runtime/target/classpath"));
        String logging = "-Dlog4j2.configurationFile=" + home.resolve("cli/src/main/jvm/spark-log4j2.properties");
        List<String> properties = new ArrayList<>(List.of(logging));
        String more = System.getProperty(SPARK_OPTIONS, System.getenv().getOrDefault(SPARK_OPTIONS, ""));
        properties.addAll(Stream.of(more.split(" ", -1))
                .filter(option -> !option.isEmpty())
                .toList());
        return command("spark", List.of("agrona", "spark"), properties, jars, SPARK_MAIN, submit)
                .with(ClassArchive.of(home, "spark", jars));
    }

    /** The one jar that holds the Spark jobs and all that Spark has not. */
    private Path jobJar() {
        Path target = home.resolve("batch-uploader/target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().endsWith("-job.jar"))
                    .findFirst()
                    .orElseThrow(() -> notBuilt(target.resolve("*-job.jar")));
        } catch (IOException e) {
            throw notBuilt(target);
        }
    }

    private JvmCommand role(String command, String options, List<String> arguments) {
        List<String> line =
                Stream.concat(Stream.of(command), arguments.stream()).toList();
        return command(command, List.of("agrona", options), List.of(), classPath("cli"), CLI_MAIN, line);
    }

    private JvmCommand command(
            String name,
            List<String> options,
            List<String> moreProperties,
            String classPath,
            String mainClass,
            List<String> arguments) {
        List<Path> files = options.stream()
                .map(option -> home.resolve("cli/src/main/jvm/" + option + ".options"))
                .toList();
        // Last, so that nothing of it hides the role's own: ChildMain is all that is wanted.
        String withChildMain = classPath + File.pathSeparator + home.resolve("cli/target/classes");
        List<String> properties = Stream.concat(Stream.of("-D" + HOME_PROPERTY + "=" + home), moreProperties.stream())
                .toList();
        return new JvmCommand(name, files, properties, withChildMain, mainClass, arguments);
    }

    private String classPath(String module) {
        Path target = home.resolve(module).resolve("target");
        return target.resolve("classes") + File.pathSeparator + read(target.resolve("classpath"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw notBuilt(file);
        }
    }

    private static ChildProcessException notBuilt(Path missing) {
        return new ChildProcessException(missing + " cannot be read: build first, with ./tilefold or mvn package");
    }
}
