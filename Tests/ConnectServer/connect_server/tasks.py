"""Deploying: a task that is asked until it has finished."""

import secrets
import threading
import time

from . import errors


class Task:
    """Steps that have been done, and what is left; a step is a line of output."""

    def __init__(self, user, finish, fault):
        self.id = secrets.token_urlsafe(12)
        self.user = user
        self.finish = finish
        self.fault = fault or {}
        self.output = ["Bundle received.", "Unpacking the bundle..."]
        self.is_finished = False
        self.code = 0
        self.error = ""
        # A slow task is finished after so many polls; each of them brings a line.
        self.polls_left = int(self.fault.get("polls", 0))
        self.is_lost = self.fault.get("kind") == "task-lost"

    def step(self):
        if self.is_finished:
            return
        if self.polls_left > 0:
            self.polls_left -= 1
            self.output.append("Still working...")
            return
        if self.fault.get("kind") == "task-fails":
            self.code = 1
            self.error = self.fault.get("error", "An error occurred while deploying.")
            self.output.append(self.error)
        else:
            self.finish()
            self.output.append("Launching static content...")
        self.is_finished = True

    def json(self, first):
        return {
            "id": self.id,
            "output": self.output[first:],
            "result": None,
            "finished": self.is_finished,
            "code": self.code,
            "error": self.error,
            "last": len(self.output),
        }


class Tasks:
    def __init__(self):
        self.tasks = {}
        self.condition = threading.Condition()

    def start(self, user, finish, fault=None):
        task = Task(user, finish, fault)
        self.tasks[task.id] = task
        # Most deployments of static content have ended before anybody asks.
        if task.polls_left == 0 and not task.is_lost and "seconds" not in task.fault:
            task.step()
        if "seconds" in task.fault:
            timer = threading.Timer(float(task.fault["seconds"]), self.end, [task])
            timer.daemon = True
            timer.start()
        return task

    def end(self, task):
        with self.condition:
            task.polls_left = 0
            task.step()
            self.condition.notify_all()

    def poll(self, user, number, first, wait):
        task = self.tasks.get(number)
        if task is None or task.is_lost:
            raise errors.task_lost()
        if task.user is not user and user.role != "administrator":
            raise errors.may_not_see()
        with self.condition:
            if "seconds" in task.fault:
                end = time.monotonic() + min(max(wait, 0), 20)
                while not task.is_finished and (left := end - time.monotonic()) > 0:
                    self.condition.wait(left)
            else:
                task.step()
            return task.json(min(max(first, 0), len(task.output)))
