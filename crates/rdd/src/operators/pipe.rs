//! `pipe`: the elements as lines to a command, and its lines as elements.

use std::fmt::Display;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;

use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::task_context::{OnCancel, TaskContext};

impl<T: Data + Display> Rdd<T> {
    /// The lines that `command`, run once for each partition, makes of the elements as lines (Spark's `pipe`). A command
    /// that ends with another status than 0 fails the task.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(["b", "a"], 1).pipe(&["sort"], &[]).collect()?, ["a", "b"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn pipe(&self, command: &[&str], env: &[(&str, &str)]) -> Rdd<String> {
        let command: Vec<String> = command.iter().map(|part| (*part).to_string()).collect();
        let env: Vec<(String, String)> = env.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        self.step("pipe", false, move |_, records, task| start(&command, &env, records, task))
    }
}

fn start<T: Data + Display>(
    command: &[String],
    env: &[(String, String)],
    records: Records<T>,
    task: &TaskContext,
) -> Result<Records<String>> {
    let name = command.join(" ");
    let Some((program, arguments)) = command.split_first() else {
        return Err(SparkError::plain(Exception::IllegalArgument, "pipe was given an empty command"));
    };
    let failed = |e| SparkError::io(format!("starting the command `{name}`"), e);
    let mut child = Command::new(program)
        .args(arguments)
        .envs(env.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(SparkError::internal("a command has no pipes"));
    };
    let child = Arc::new(Mutex::new(child));
    let killed = child.clone();
    // A command that has ended cannot be killed, and need not be.
    let on_cancel = task.on_cancel(move || drop(killed.lock().kill()));
    let writer_task = task.clone();
    let writer = std::thread::spawn(move || {
        let _entered = writer_task.enter();
        feed(records, BufWriter::new(stdin))
    });
    let errors = std::thread::spawn(move || last_lines(stderr));
    let lines = BufReader::new(stdout);
    Ok(Box::new(Lines { name, lines, child, ends: Some((writer, errors)), _on_cancel: on_cancel }))
}

fn feed<T: Display>(records: Records<T>, mut stdin: impl Write) -> Result<()> {
    for record in records {
        if writeln!(stdin, "{}", record?).is_err() {
            // The command does not want more; its status says whether that is an error.
            return Ok(());
        }
    }
    let _ = stdin.flush();
    Ok(())
}

fn last_lines(mut stderr: ChildStderr) -> String {
    let mut text = Vec::new();
    let _ = stderr.read_to_end(&mut text);
    String::from_utf8_lossy(&text).trim_end().to_string()
}

/// The lines of a command, and then its status.
struct Lines {
    name: String,
    lines: BufReader<ChildStdout>,
    child: Arc<Mutex<Child>>,
    ends: Option<(JoinHandle<Result<()>>, JoinHandle<String>)>,
    _on_cancel: OnCancel,
}

impl Lines {
    fn end(&mut self) -> Result<()> {
        let Some((writer, errors)) = self.ends.take() else { return Ok(()) };
        let panicked = |_| SparkError::plain(Exception::Spark, "a function before the command panicked");
        writer.join().map_err(panicked)??;
        let errors = errors.join().unwrap_or_default();
        let status = self.child.lock().wait().map_err(|e| SparkError::io(format!("waiting for `{}`", self.name), e))?;
        if status.success() {
            return Ok(());
        }
        let text = format!(
            "Subprocess exited with status {}. Command ran: {}\n{errors}",
            status.code().unwrap_or(-1),
            self.name
        );
        Err(SparkError::plain(Exception::Spark, text.trim_end()))
    }
}

impl Iterator for Lines {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        self.ends.as_ref()?;
        let mut line = Vec::new();
        match self.lines.read_until(b'\n', &mut line) {
            Ok(0) => self.end().err().map(Err),
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Some(Ok(String::from_utf8_lossy(&line).into_owned()))
            }
            Err(error) => Some(Err(SparkError::io(format!("reading from `{}`", self.name), error))),
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if self.ends.is_some() {
            // The reader left early: nobody wants the rest.
            let mut child = self.child.lock();
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
