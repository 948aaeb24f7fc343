//! Pictures: lines on a grid of 20, in the colour of the text beside them.

use leptos::prelude::*;

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Accounts,
    Add,
    Back,
    Check,
    Clock,
    Close,
    Copy,
    Down,
    Download,
    Folder,
    Forward,
    Grip,
    Friends,
    Home,
    Info,
    Key,
    Link,
    More,
    Pause,
    Play,
    Quiet,
    Settings,
    Up,
    Usage,
    Warning,
}

impl Icon {
    fn lines(self) -> &'static str {
        match self {
            Self::Accounts => "M3.5 6.5h13v9h-13zM6 3.8h8M6 13h3.5M3.5 10h13",
            Self::Add => "M10 4v12M4 10h12",
            Self::Back => "M12.5 5l-5 5 5 5",
            Self::Check => "M4 10.5l4 4 8-9",
            Self::Clock => "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.8 1.8",
            Self::Close => "M5 5l10 10M15 5L5 15",
            Self::Copy => "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
            Self::Down => "M5 7.5l5 5 5-5",
            Self::Download => "M10 3.5v9M6 8.8l4 4 4-4M4 16.5h12",
            Self::Folder => "M2.5 5h5l2 2h8v8.5h-15z",
            Self::Forward => "M7.5 5l5 5-5 5",
            Self::Friends => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.3-4.8 5.5-4.8s5.5 1.8 5.5 4.8M13 3.8a2.9 2.9 0 0 1 0 \
                 5.4M15 12.2c1.9.7 3 2.2 3 4.3"
            }
            Self::Home => "M3 9.2L10 3.500l7 5.700M5 8v8.500h3.500v-4.500h3v4.500H15V8",
            Self::Grip => "M7.5 5h.01M7.5 10h.01M7.5 15h.01M12.5 5h.01M12.5 10h.01M12.5 15h.01",
            Self::Info => "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.2V13.500M10 6.500v.2",
            Self::Key => "M6.5 13.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 10h7.500v3M14.5 10v2.2",
            Self::Link => "M8 4H4v12h12v-4M11.5 3.500h5v5M16 4l-7 7",
            Self::More => "M4.5 10h.01M10 10h.01M15.5 10h.01",
            Self::Pause => "M7 4.500v11M13 4.500v11",
            Self::Play => "M6 4.200l9.5 5.800L6 15.800z",
            Self::Quiet => "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7 10h6",
            Self::Settings => {
                "M3 6h7.500M14.5 6H17M12.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3 14h2.500M9.5 14H17M7.5 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
            }
            Self::Up => "M5 12.500l5-5 5 5",
            Self::Usage => "M3 17h14M5 14V9.500M10 14V4M15 14V7",
            Self::Warning => "M10 3.500l7.5 13h-15zM10 8.500V12M10 14.200v.1",
        }
    }
}

/// Shows a picture. It says nothing by itself: the words stand beside it, or on what holds it.
#[component]
pub fn Picture(of: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d=of.lines() />
        </svg>
    }
}
